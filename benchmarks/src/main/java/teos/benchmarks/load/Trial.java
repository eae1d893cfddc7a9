package teos.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import teos.benchmarks.Folders;
import teos.benchmarks.towers.Contender;
import teos.benchmarks.towers.MeasuredTower;
import teos.testkit.Bitcoind;

/** A tower started on an empty folder, measured once, and stopped. */
final class Trial {

  private Trial() {}

  static LoadResult run(
      Contender contender, Bitcoind bitcoind, LoadPlan plan, PrintStream progress)
      throws IOException, LoadException, InterruptedException {
    Path data = Files.createTempDirectory("java-teos-benchmark-");
    try (MeasuredTower tower = contender.starter().start(bitcoind, data)) {
      return new LoadRun(plan, tower.api(), OptionalLong.of(tower.pid()), progress).run();
    } finally {
      Folders.delete(data);
    }
  }
}
