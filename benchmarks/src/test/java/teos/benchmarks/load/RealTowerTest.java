package teos.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.benchmarks.towers.ClassPathTower;
import teos.benchmarks.towers.Contender;
import teos.benchmarks.towers.MeasuredTower;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

/** Runs the load tool for a second, so that it keeps working. No times are asserted. */
@Tag("bitcoind")
class RealTowerTest {

  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  private static Bitcoind bitcoind;

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Contender.bitcoind();
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  private static LoadPlan plan(Dialect dialect, OptionalInt rate, int reads) {
    return new LoadPlan(
        dialect,
        4,
        rate,
        Duration.ZERO,
        Duration.ofSeconds(1),
        OptionalLong.empty(),
        1000,
        reads,
        4,
        330);
  }

  /** One tower serves users of both dialects. */
  @Test
  void realTower_answersEverythingCorrectly(@TempDir Path folder) throws Exception {
    try (MeasuredTower tower = ClassPathTower.start(bitcoind, folder)) {
      for (Dialect dialect : Dialect.values()) {
        assertAnswersEverythingCorrectly(dialect, tower);
      }
    }
  }

  private static void assertAnswersEverythingCorrectly(Dialect dialect, MeasuredTower tower)
      throws Exception {
    OptionalLong pid = OptionalLong.of(tower.pid());
    LoadResult most =
        new LoadRun(plan(dialect, OptionalInt.empty(), 50), tower.api(), pid, NOWHERE).run();
    assertThat(most.statistics().errors()).isEmpty();
    assertThat(most.receiptFaults()).isEmpty();
    assertThat(most.receipts()).isPositive();
    assertThat(most.statistics().reads().getTotalCount()).isPositive();
    assertThat(most.tower()).isPresent();

    LoadResult atARate =
        new LoadRun(plan(dialect, OptionalInt.of(20), 0), tower.api(), pid, NOWHERE).run();
    assertThat(atARate.isClean()).isTrue();
    assertThat(atARate.good()).isEqualTo(20);
    assertThat(atARate.receipts()).isEqualTo(20);
  }

  @Test
  void printsTheResultAsATable(@TempDir Path folder) throws Exception {
    Contender contender =
        new Contender(
            "the tower", Dialect.V2, 1000, (node, data) -> ClassPathTower.start(node, folder));
    LoadResult result =
        Trial.run(contender, bitcoind, plan(Dialect.V2, OptionalInt.of(20), 50), NOWHERE);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    ResultTable table = new ResultTable(new PrintStream(text, false, StandardCharsets.UTF_8));
    table.print("the tower", result);
    table.details(result);
    assertThat(
            text.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("| the tower |")))
        .hasSize(2)
        .allMatch(line -> line.contains("_appointment |"));
    assertThat(text.toString(StandardCharsets.UTF_8)).contains("20 requests", " 0 faults");
  }
}
