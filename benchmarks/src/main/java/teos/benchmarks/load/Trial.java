package teos.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import java.util.OptionalLong;
import teos.benchmarks.towers.Contender;
import teos.benchmarks.towers.MeasuredTower;
import teos.testkit.Bitcoind;
import teos.testkit.TemporaryFolder;

/** Starts a tower with an empty folder, measures it once, and stops it. */
final class Trial {

  private Trial() {}

  static LoadResult run(Contender contender, Bitcoind bitcoind, LoadPlan plan, PrintStream progress)
      throws IOException, LoadException, InterruptedException {
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        MeasuredTower tower = contender.starter().start(bitcoind, data.path())) {
      return new LoadRun(plan, tower.api(), OptionalLong.of(tower.pid()), progress).run();
    }
  }
}
