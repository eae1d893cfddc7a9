package teos.teosd.model;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Tests the tower against its model on a simulated chain, in many runs of a few dozen actions each.
 */
@Tag("soak")
class SimulatedModelTest {

  private static final int ACTIONS = 30;

  private final SimulatedDriver driver = new SimulatedDriver(World.CHANNELS);
  private @Nullable World world;

  @BeforeContainer
  static void quiet() {
    Quiet.begin();
  }

  @AfterContainer
  static void loud() {
    Quiet.end();
  }

  @Provide
  Arbitrary<ActionChain<World>> runs() {
    return Actions.chains(
        () -> {
          end(); // a run that is repeated while shrinking
          World begun = World.begin(driver);
          world = begun;
          return begun;
        },
        ACTIONS);
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = 1000, shrinking = ShrinkingMode.BOUNDED)
  void towerConformsToModel(@ForAll("runs") ActionChain<World> run) throws Exception {
    World after = run.run();
    after.settleAndCheck();
    after.outcomes().forEach(outcome -> Statistics.label("channels").collect(outcome));
  }

  @AfterTry
  void end() {
    if (world != null) {
      world.close();
      world = null;
    }
  }
}
