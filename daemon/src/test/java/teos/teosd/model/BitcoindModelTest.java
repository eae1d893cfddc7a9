package teos.teosd.model;

import java.util.Objects;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Tests the tower against its model on a real bitcoind and a second one as its network. Five runs;
 * {@code -Dteos.model.runs=50} for a soak.
 */
@Tag("bitcoind")
@Tag("soak")
class BitcoindModelTest {

  private static final int ACTIONS = 30;
  private static final int RUNS = 5;

  private static @Nullable BitcoindDriver driver;
  private @Nullable World world;

  @BeforeContainer
  static void start() {
    Quiet.begin();
    driver = new BitcoindDriver(World.CHANNELS, Integer.getInteger("teos.model.runs", RUNS));
  }

  @AfterContainer
  static void stop() {
    Quiet.end();
    if (driver != null) {
      driver.close();
    }
  }

  @Provide
  Arbitrary<ActionChain<World>> runs() {
    return Actions.chains(
        () -> {
          end(); // a run that is repeated while shrinking
          World begun = World.begin(Objects.requireNonNull(driver));
          world = begun;
          return begun;
        },
        ACTIONS);
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = RUNS)
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
