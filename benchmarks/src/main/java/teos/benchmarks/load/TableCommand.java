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
 * {@code scripts/benchmark table}: the same load for one tower after another, over more and more
 * connections. The towers take turns, each on an empty folder, so that a machine's moods are the
 * same for all. The system property {@code teos.root} names the project's folder.
 */
public final class TableCommand {

  private static final String CONNECTIONS = "--connections";
  private static final String USUAL_CONNECTIONS = "1,32,64";
  private static final String ROUNDS = "--rounds";

  private final ParseResult given;
  private final PlanOptions options;

  private TableCommand(ParseResult given) {
    this.given = given;
    this.options = new PlanOptions(given);
  }

  public static void main(String... args) throws Exception {
    System.exit(execute(args));
  }

  /** Does what {@code args} say; the answer is the exit code. */
  public static int execute(String... args) throws Exception {
    return Program.run(spec(), given -> new TableCommand(given).run(), System.err, args);
  }

  static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("scripts/benchmark table");
    spec.usageMessage()
        .description(
            "Measures java-teos and the reference towers that are named, one after the other, and"
                + " prints one table. 'scripts/benchmark load --help' says how.");
    spec.addOption(
            PlanOptions.text(
                CONNECTIONS, "N,...", "Numbers of connections. Usual: " + USUAL_CONNECTIONS + "."))
        .addOption(PlanOptions.number(ROUNDS, "N", "How often all of it. Usual: 1."));
    PlanOptions.addTo(spec);
    return spec;
  }

  private boolean run() throws IOException, LoadException, InterruptedException {
    List<Integer> connections = connections();
    List<Contender> contenders = contenders();
    int rounds = given.matchedOptionValue(ROUNDS, 1);
    boolean clean = true;
    try (Bitcoind bitcoind = Contender.bitcoind()) {
      ResultTable table = new ResultTable(System.out);
      for (int round = 0; round < rounds; round++) {
        for (int count : connections) {
          for (Contender contender : contenders) {
            LoadPlan plan = options.plan(contender.dialect(), count, contender.atMost());
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
    String text = options.text(CONNECTIONS).orElse(USUAL_CONNECTIONS);
    try {
      return Arrays.stream(text.split(",")).map(String::strip).map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw options.wrong(CONNECTIONS + " are numbers with commas between, not " + text);
    }
  }
}
