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
import org.jspecify.annotations.Nullable;

/**
 * Tests the tower against its model on a real bitcoind and a second one as its network. Five runs;
 * {@code -Dteos.model.runs=50} for a soak.
 */
@Tag("bitcoind")
@Tag("soak")
class BitcoindModelTest {

  private static final int RUNS = 5;

  private static @Nullable BitcoindDriver driver;
  private final ModelRuns runs = new ModelRuns();

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
    return runs.on(Objects.requireNonNull(driver));
  }

  @AddLifecycleHook(RunsHook.class)
  @Property(tries = RUNS)
  void towerConformsToModel(@ForAll("runs") ActionChain<World> run) throws Exception {
    ModelRuns.check(run);
  }

  @AfterTry
  void end() {
    runs.end();
  }
}
