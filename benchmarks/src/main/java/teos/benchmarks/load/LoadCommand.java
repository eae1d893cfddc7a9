package teos.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import teos.benchmarks.towers.MeasuredTower;
import teos.benchmarks.towers.OurTower;
import teos.benchmarks.towers.RustTeos;
import teos.testkit.Bitcoind;

/**
 * {@code scripts/benchmark load}: sends appointments to one tower, and prints what came back. The
 * system property {@code teos.root} names the project's folder.
 */
public final class LoadCommand {

  private static final String URL = "--url";
  private static final String PID = "--pid";
  private static final String RUST_TEOS = "--rust-teos";
  private static final String DIALECT = "--dialect";
  private static final String CONNECTIONS = "--connections";
  private static final int FIRST_BLOCKS = 120;

  private final ParseResult given;
  private final LoadPlan plan;

  private LoadCommand(ParseResult given) {
    this.given = given;
    this.plan =
        PlanOptions.of(
            given,
            PlanOptions.dialect(given, given.matchedOptionValue(DIALECT, "v2")),
            given.matchedOptionValue(CONNECTIONS, LoadPlan.DEFAULT.connections()));
  }

  public static void main(String... args) throws Exception {
    System.exit(
        Program.run(spec(), given -> new LoadCommand(given).run(), System.err, args));
  }

  private static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("scripts/benchmark load");
    spec.usageMessage()
        .description(
            "Sends appointments to a tower as fast as it takes them, or at a rate, and prints how"
                + " it answers. All is signed before the clock starts, and all receipts are checked"
                + " after it has stopped. Starts bitcoind and java-teos, unless --url or"
                + " --rust-teos says otherwise.");
    spec.addOption(
            text("URL", "The public API of a tower that runs, http://HOST:PORT.", URL))
        .addOption(
            OptionSpec.builder(PID)
                .type(Long.class)
                .paramLabel("PID")
                .description("Its process, where it is on this machine: what it takes is shown.")
                .build())
        .addOption(text("TEOSD", "Starts this teosd of rust-teos in place of ours.", RUST_TEOS))
        .addOption(text("v1|v2", "The dialect of the users. Usual: v2.", DIALECT))
        .addOption(
            OptionSpec.builder("-c", CONNECTIONS)
                .type(Integer.class)
                .paramLabel("N")
                .description(
                    "Kept open, with one request at a time on each. Usual: "
                        + LoadPlan.DEFAULT.connections() + ".")
                .build());
    PlanOptions.addTo(spec);
    return spec;
  }

  private static OptionSpec text(String label, String help, String name) {
    return OptionSpec.builder(name)
        .type(String.class)
        .paramLabel(label)
        .description(help)
        .build();
  }

  private boolean run() throws Exception {
    if (given.hasMatchedOption(URL)) {
      String url = given.matchedOptionValue(URL, "");
      OptionalLong pid =
          given.hasMatchedOption(PID)
              ? OptionalLong.of(given.matchedOptionValue(PID, 0L))
              : OptionalLong.empty();
      return measure(url, address(url), pid);
    }
    Path data = Files.createTempDirectory("java-teos-benchmark-");
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(FIRST_BLOCKS);
      try (MeasuredTower tower = start(bitcoind, data)) {
        String name = given.hasMatchedOption(RUST_TEOS) ? "rust-teos" : "java-teos";
        return measure(name, tower.api(), OptionalLong.of(tower.pid()));
      }
    } finally {
      Folders.delete(data);
    }
  }

  private MeasuredTower start(Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    if (given.hasMatchedOption(RUST_TEOS)) {
      return RustTeos.start(Path.of(given.matchedOptionValue(RUST_TEOS, "")), bitcoind, data);
    }
    return OurTower.start(Path.of(System.getProperty("teos.root", ".")), bitcoind, data);
  }

  private URI address(String url) {
    try {
      URI api = URI.create(url);
      if ("http".equals(api.getScheme()) && api.getHost() != null && api.getPort() > 0) {
        return api;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new ParameterException(
        given.commandSpec().commandLine(), URL + " is http://HOST:PORT, not " + url);
  }

  private boolean measure(String name, URI api, OptionalLong pid)
      throws IOException, LoadException, InterruptedException {
    LoadResult result = new LoadRun(plan, api, pid, System.err).run();
    ResultTable table = new ResultTable(System.out);
    table.print(name, result);
    System.out.println();
    table.details(result);
    return result.isClean();
  }
}
