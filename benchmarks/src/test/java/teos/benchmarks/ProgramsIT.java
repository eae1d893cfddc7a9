package teos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.benchmarks.load.BigTower;
import teos.benchmarks.load.LoadCommand;
import teos.benchmarks.load.TableCommand;
import teos.testkit.BreachDemo;

/**
 * Runs the demo and each command of {@code scripts/benchmark} once with a minimal load, on the
 * programs that {@code mvn package} built, so that they keep working. Each fails if the tower does
 * not do what is measured; no times are asserted.
 */
@Tag("bitcoind")
@Tag("postgres")
class ProgramsIT {

  private static final String ROOT = System.getProperty("teos.root");
  private static final String IMAGE = System.getProperty("teos.dist.image");

  private interface Benchmark {
    void run() throws Exception;
  }

  /** Returns what {@code benchmark} prints. */
  private static String printedBy(Benchmark benchmark) throws Exception {
    PrintStream stdout = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      benchmark.run();
    } finally {
      System.setOut(stdout);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Runs the same class as {@code scripts/demo}. */
  @Test
  void demo() throws Exception {
    assertThat(printedBy(() -> BreachDemo.main(ROOT, "--once")))
        .containsPattern("\\[9/9\\] the penalty is confirmed in block \\d+");
  }

  @Test
  void manyAppointments() throws Exception {
    assertThat(printedBy(() -> ManyAppointments.main(ROOT, "200", "4")))
        .contains("200 appointments over 4 connections")
        .containsPattern("10 breaches: \\d+ ms on average");
  }

  @Test
  void storm() throws Exception {
    assertThat(printedBy(() -> BreachStorm.main(ROOT, "20", "50")))
        .containsPattern("20 breaches in one block: the first penalty seen after \\d+ ms")
        .containsPattern("50 refused penalties of strangers: .* after \\d+ ms");
  }

  @Test
  void list() throws Exception {
    assertThat(printedBy(() -> LongList.main(ROOT, "1000")))
        .contains("get_all_appointments: 1,000 appointments");
  }

  @Test
  void catchUp() throws Exception {
    assertThat(printedBy(() -> CatchUp.main(ROOT, "20")))
        .containsPattern(
            "java-teos: the penalty for the breach in the last block is .* s after the start");
  }

  @Test
  void mempool() throws Exception {
    assertThat(printedBy(() -> MempoolLoad.main(ROOT, "100", "1")))
        .contains("100 transactions entered the mempool")
        .containsPattern("its penalty is in the mempool after \\d+ ms");
  }

  @Test
  void takeover() throws Exception {
    assertThat(printedBy(() -> Takeover.main(ROOT, "1000", "1")))
        .containsPattern("kill 1: the penalty is in the mempool after [\\d,]+ ms");
  }

  @Test
  void startUp() throws Exception {
    assertThat(printedBy(() -> StartUp.main(IMAGE, "1")))
        .containsPattern("teos-cli get_tower_info +\\d+ +\\d+");
  }

  @Test
  void bigTower(@TempDir Path folder) throws Exception {
    Path curves = folder.resolve("curves.svg");
    assertThat(printedBy(() -> BigTower.main(IMAGE, "1000", curves.toString())))
        .containsPattern("\\| 1,000 \\| \\d+ \\| [\\d.]+ \\|");
    assertThat(Files.readString(curves)).contains("<svg");
  }

  @Test
  void load() throws Exception {
    assertThat(printedBy(() -> assertThat(LoadCommand.execute(brief())).isZero()))
        .contains("| java-teos |", "20 requests", " 0 faults");
  }

  @Test
  void table() throws Exception {
    String[] twice = brief("--connections", "1,2");
    assertThat(printedBy(() -> assertThat(TableCommand.execute(twice)).isZero()).lines())
        .filteredOn(line -> line.startsWith("| java-teos |"))
        .hasSize(2);
  }

  private static String[] brief(String... more) {
    return Stream.concat(
            Stream.of("--rate", "20", "--duration", "1", "--warm-up", "1"), Stream.of(more))
        .toArray(String[]::new);
  }
}
