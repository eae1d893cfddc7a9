package teos.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import teos.benchmarks.towers.Contender;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

/**
 * {@code scripts/benchmark load}: puts one tower under load and prints the results. The system
 * property {@code teos.root} names the project's folder.
 */
public final class LoadCommand {

  private static final String URL = "--url";
  private static final String PID = "--pid";
  private static final String DIALECT = "--dialect";
  private static final String CONNECTIONS = "--connections";

  private final ParseResult parsed;
  private final PlanOptions options;
  private final int connections;

  private LoadCommand(ParseResult parsed) {
    this.parsed = parsed;
    this.options = new PlanOptions(parsed);
    this.connections = parsed.matchedOptionValue(CONNECTIONS, LoadPlan.DEFAULT.connections());
  }

  public static void main(String... args) throws Exception {
    System.exit(execute(args));
  }

  /** Runs the command line {@code args} and returns the exit code. */
  public static int execute(String... args) throws Exception {
    return Program.run(spec(), parsed -> new LoadCommand(parsed).run(), System.err, args);
  }

  static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("scripts/benchmark load");
    spec.usageMessage()
        .description(
            "Sends appointments to a tower as fast as it accepts them, or at a fixed rate, and"
                + " prints throughput and latencies. All requests are signed before the clock"
                + " starts, and all receipts are checked after it has stopped. Starts bitcoind and"
                + " java-teos, or the tower that an option names.");
    spec.addOption(PlanOptions.text(URL, "URL", "Public API of a running tower, http://HOST:PORT."))
        .addOption(
            OptionSpec.builder(PID)
                .type(Long.class)
                .paramLabel("PID")
                .description(
                    "Process id of that tower if it runs on this machine, to show its CPU time and"
                        + " memory.")
                .build())
        .addOption(
            PlanOptions.text(
                DIALECT,
                "v1|v2",
                "Protocol dialect of the users. Default: v2; v1 with --python-teos."))
        .addOption(
            OptionSpec.builder("-c", CONNECTIONS)
                .type(Integer.class)
                .paramLabel("N")
                .description(
                    "Connections kept open, each with one request in flight. Default: "
                        + LoadPlan.DEFAULT.connections()
                        + ".")
                .build());
    PlanOptions.addTo(spec);
    return spec;
  }

  private boolean run() throws IOException, LoadException, InterruptedException {
    Optional<String> url = options.text(URL);
    if (url.isPresent()) {
      URI api = address(url.get());
      OptionalLong pid =
          parsed.hasMatchedOption(PID)
              ? OptionalLong.of(parsed.matchedOptionValue(PID, 0L))
              : OptionalLong.empty();
      LoadPlan plan =
          options.plan(
              dialect().orElse(Dialect.V2), connections, LoadPlan.DEFAULT.preparedPerSecond());
      return print(url.get(), new LoadRun(plan, api, pid, System.err).run());
    }
    Contender contender =
        options
            .rustTeos()
            .or(options::pythonTeos)
            .orElseGet(() -> PlanOptions.javaTeos(dialect().orElse(Dialect.V2)));
    LoadPlan plan =
        options.plan(
            dialect().orElse(contender.dialect()), connections, contender.preparedPerSecond());
    try (Bitcoind bitcoind = Contender.bitcoind()) {
      return print(contender.name(), Trial.run(contender, bitcoind, plan, System.err));
    }
  }

  private Optional<Dialect> dialect() {
    return options
        .text(DIALECT)
        .map(
            text ->
                switch (text.toLowerCase(Locale.ROOT)) {
                  case "v1" -> Dialect.V1;
                  case "v2" -> Dialect.V2;
                  default -> throw options.usageError(DIALECT + " must be v1 or v2, not " + text);
                });
  }

  private URI address(String url) {
    try {
      URI api = URI.create(url);
      if ("http".equals(api.getScheme()) && api.getHost() != null && api.getPort() > 0) {
        return api;
      }
    } catch (IllegalArgumentException e) {
      // reported below
    }
    throw options.usageError(URL + " must be http://HOST:PORT, not " + url);
  }

  private static boolean print(String name, LoadResult result) {
    ResultTable table = new ResultTable(System.out);
    table.print(name, result);
    System.out.println();
    table.details(result);
    return result.isClean();
  }
}
