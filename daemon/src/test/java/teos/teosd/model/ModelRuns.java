package teos.teosd.model;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** Random runs of a tower and its model, each in a world of its own. */
final class ModelRuns {

  private static final int ACTIONS = 30;

  private @Nullable World world;

  Arbitrary<ActionChain<World>> on(ChainDriver driver) {
    return Actions.chains(() -> begin(World.begin(driver)), ACTIONS);
  }

  /** Runs that begin with disputes, and in which fees rise and fall. */
  Arbitrary<ActionChain<World>> withFeesOn(ChainDriver driver) {
    return Actions.feeChains(() -> begin(World.beginWithDisputes(driver)), ACTIONS);
  }

  private World begin(World begun) {
    end(); // a run that is repeated while shrinking
    world = begun;
    return begun;
  }

  /** Runs it and compares the tower with the model. */
  static void check(ActionChain<World> run) throws Exception {
    World after = run.run();
    after.settleAndCheck();
    after.outcomes().forEach(outcome -> Statistics.label("channels").collect(outcome));
  }

  /** Closes the world of the last run. */
  void end() {
    if (world != null) {
      world.close();
      world = null;
    }
  }
}
