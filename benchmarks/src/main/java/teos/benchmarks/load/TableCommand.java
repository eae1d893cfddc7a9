package teos.benchmarks.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.benchmarks.towers.Contender;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

/**
 * {@code scripts/benchmark table}: the same load for one tower after another, over a growing number
 * of connections. The towers take turns, each with an empty folder, so that the varying speed of
 * the machine affects all of them alike. The system property {@code teos.root} names the project's
 * folder.
 */
public final class TableCommand {

  private static final String CONNECTIONS = "--connections";
  private static final String DEFAULT_CONNECTIONS = "1,32,64";
  private static final String ROUNDS = "--rounds";

  private final ParseResult parsed;
  private final PlanOptions options;

  private TableCommand(ParseResult parsed) {
    this.parsed = parsed;
    this.options = new PlanOptions(parsed);
  }

  public static void main(String... args) throws Exception {
    System.exit(execute(args));
  }

  /** Runs the command line {@code args} and returns the exit code. */
  public static int execute(String... args) throws Exception {
    return Program.run(spec(), parsed -> new TableCommand(parsed).run(), System.err, args);
  }

  static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("scripts/benchmark table");
    spec.usageMessage()
        .description(
            "Measures java-teos and the given reference towers, one after the other, and"
                + " prints one table. 'scripts/benchmark load --help' describes the measurement.");
    spec.addOption(
            PlanOptions.text(
                CONNECTIONS,
                "N,...",
                "Numbers of connections. Default: " + DEFAULT_CONNECTIONS + "."))
        .addOption(PlanOptions.number(ROUNDS, "N", "Number of rounds. Default: 1."));
    PlanOptions.addTo(spec);
    return spec;
  }

  private boolean run() throws IOException, LoadException, InterruptedException {
    List<Integer> connections = connections();
    List<Contender> contenders = contenders();
    int rounds = parsed.matchedOptionValue(ROUNDS, 1);
    boolean clean = true;
    try (Bitcoind bitcoind = Contender.bitcoind()) {
      ResultTable table = new ResultTable(System.out);
      for (int round = 0; round < rounds; round++) {
        for (int count : connections) {
          for (Contender contender : contenders) {
            LoadPlan plan = options.plan(contender.dialect(), count, contender.preparedPerSecond());
            System.err.printf("... %s, %d connections%n", contender.name(), count);
            LoadResult result = Trial.run(contender, bitcoind, plan, System.err);
            table.print(contender.name(), result);
            clean &= result.isClean();
          }
        }
      }
    }
    return clean;
  }

  private List<Contender> contenders() {
    List<Contender> contenders = new ArrayList<>();
    contenders.add(PlanOptions.javaTeos(Dialect.V2));
    options.rustTeos().ifPresent(contenders::add);
    options
        .pythonTeos()
        .ifPresent(
            python -> {
              contenders.add(PlanOptions.javaTeos(Dialect.V1));
              contenders.add(python);
            });
    return contenders;
  }

  private List<Integer> connections() {
    String text = options.text(CONNECTIONS).orElse(DEFAULT_CONNECTIONS);
    try {
      return Arrays.stream(text.split(",")).map(String::strip).map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw options.usageError(CONNECTIONS + " must be numbers separated by commas, not " + text);
    }
  }
}
