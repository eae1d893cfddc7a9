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

/**
 * Tests the tower against its model on a simulated chain, in many runs of a few dozen actions each.
 */
@Tag("soak")
class SimulatedModelTest {

  private final SimulatedDriver driver = new SimulatedDriver(World.CHANNELS);
  private final ModelRuns runs = new ModelRuns();

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
    return runs.on(driver);
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = 1000, shrinking = ShrinkingMode.BOUNDED)
  void towerConformsToModel(@ForAll("runs") ActionChain<World> run) throws Exception {
    ModelRuns.check(run);
  }

  @AfterTry
  void end() {
    runs.end();
  }
}
