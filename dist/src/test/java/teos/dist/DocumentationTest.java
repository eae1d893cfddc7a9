package teos.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.PostgresServer;
import teos.testkit.docs.CodeBlock;
import teos.testkit.docs.MarkdownPage;

/**
 * Runs the commands of the documentation with the programs of the archive, a real bitcoind and a
 * real PostgreSQL. docs/testing.md explains how a page marks commands that cannot be run.
 */
@Tag("bitcoind")
@Tag("postgres")
class DocumentationTest {

  private static final Path ROOT = Path.of(System.getProperty("teos.root")).toAbsolutePath();
  private static final String ARCHIVE = System.getProperty("teos.dist.archive");
  private static final int MAX_PARALLEL_PAGES = 3;
  private static final int FEE_RATE = 10;

  @TempDir Path temp;

  @Test
  void everyCommandRuns() throws Exception {
    ProcessResult tar = ProcessResult.run("tar", "xzf", ARCHIVE, "-C", temp.toString());
    assertThat(tar.code()).as(tar.output()).isZero();
    Path image;
    try (Stream<Path> unpacked = Files.list(temp)) {
      image = unpacked.toList().getFirst();
    }
    try (Bitcoind bitcoind = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs(whitelist()));
        PostgresServer postgres = PostgresServer.start();
        ExecutorService executor = Executors.newFixedThreadPool(MAX_PARALLEL_PAGES)) {
      bitcoind.mine(120);
      String postgresUrl = createDatabase(postgres);
      List<Future<Void>> runs = new ArrayList<>();
      for (MarkdownPage page : MarkdownPage.all(ROOT)) {
        if (!PageRun.runnable(page).isEmpty()) {
          LightningChannel channel = LightningChannel.open(bitcoind);
          Path folder = createFolder(page, image, bitcoind, channel);
          Map<String, String> environment = environment(image, bitcoind, channel);
          environment.put("POSTGRES_URL", postgresUrl);
          Callable<Void> run =
              () -> {
                long start = System.nanoTime();
                new PageRun(page, folder).run(environment);
                System.out.printf(
                    "%s: %d blocks, %d s%n",
                    page.name(),
                    PageRun.runnable(page).size(),
                    (System.nanoTime() - start) / 1_000_000_000);
                return null;
              };
          runs.add(executor.submit(run));
        }
      }
      List<String> failures = new ArrayList<>();
      for (Future<Void> run : runs) {
        try {
          run.get();
        } catch (ExecutionException e) {
          failures.add(String.valueOf(e.getCause()));
        }
      }
      assertThat(String.join("\n\n", failures)).isEmpty();
    }
    printReport();
  }

  /**
   * Returns the whitelist of docs/running.md as arguments of bitcoind. It does not restrict the
   * cookie's user.
   */
  private static String[] whitelist() throws IOException {
    return blocks("docs/running.md")
        .filter(block -> block.file().equals("bitcoin.conf"))
        .flatMap(block -> block.text().lines())
        .filter(line -> line.startsWith("rpcwhitelist"))
        .map(line -> "-" + line)
        .toArray(String[]::new);
  }

  /** Creates the database with the statements of docs/postgresql.md and returns its URL. */
  private static String createDatabase(PostgresServer postgres) throws Exception {
    String other = postgres.url("other");
    for (CodeBlock block : blocks("docs/postgresql.md").toList()) {
      if (block.language().equals("sql")) {
        for (String statement : block.replaced().strip().lines().toList()) {
          postgres.query("other", statement);
        }
      }
    }
    return other.replaceFirst("/other.*", "/docs");
  }

  private static Stream<CodeBlock> blocks(String page) throws IOException {
    return MarkdownPage.all(ROOT).stream()
        .filter(one -> one.name().equals(page))
        .flatMap(one -> one.blocks().stream());
  }

  /**
   * Creates the folder in which the commands of a page run, with the programs, an appointment, and
   * a home folder that contains bitcoind's data folder.
   */
  private Path createFolder(
      MarkdownPage page, Path image, Bitcoind bitcoind, LightningChannel channel)
      throws IOException {
    Path folder = temp.resolve(page.name().replace('/', '-'));
    Path home = Files.createDirectories(folder.resolve("home"));
    Files.createSymbolicLink(home.resolve(".bitcoin"), bitcoind.dataDir());
    Path work = Files.createDirectory(folder.resolve("work"));
    Files.createSymbolicLink(work.resolve("bin"), image.resolve("bin"));
    Files.writeString(
        work.resolve("appointment.json"),
        "{\"tx\":\"%s\",\"tx_id\":\"%s\",\"to_self_delay\":144}"
            .formatted(
                HexFormat.of().formatHex(channel.penalty(FEE_RATE)), channel.commitmentTxid()));
    return folder;
  }

  private static Map<String, String> environment(
      Path image, Bitcoind bitcoind, LightningChannel channel) throws IOException {
    Map<String, String> environment = new TreeMap<>();
    environment.put("PATH", image.resolve("bin") + ":" + System.getenv("PATH"));
    environment.put("ARCHIVE", ARCHIVE);
    environment.put("DEB", System.getProperty("teos.dist.deb"));
    environment.put("TEOS_BTC_NETWORK", "regtest");
    environment.put("TEOS_DISK_RESERVE", "0"); // a dozen towers run side by side
    environment.put("TEOS_BTC_RPC_PORT", Integer.toString(bitcoind.rpcPort()));
    environment.put("TEOS_BTC_FEED_PORT", Integer.toString(bitcoind.zmqPort()));
    for (String port : List.of("API_PORT", "RPC_PORT", "INTERNAL_API_PORT")) {
      environment.put("TEOS_" + port, Integer.toString(FreePort.find()));
      environment.put("OTHER_" + port, Integer.toString(FreePort.find()));
    }
    environment.put("FREE_PORT", Integer.toString(FreePort.find()));
    environment.put("COMMITMENT", HexFormat.of().formatHex(channel.commitment()));
    environment.put("COMMITMENT_TXID", channel.commitmentTxid().toString());
    return environment;
  }

  private static void printReport() throws IOException {
    Map<String, List<CodeBlock>> skipped = new TreeMap<>();
    int run = 0;
    for (MarkdownPage page : MarkdownPage.all(ROOT)) {
      run += PageRun.runnable(page).size();
      for (CodeBlock block : page.blocks()) {
        if (block.isShell()) {
          page.notRunReason()
              .or(block::notRunReason)
              .ifPresent(
                  reason -> skipped.computeIfAbsent(reason, key -> new ArrayList<>()).add(block));
        }
      }
    }
    System.out.printf(
        "Blocks of commands: %d run, %d not run:%n",
        run, skipped.values().stream().mapToInt(List::size).sum());
    skipped.forEach(
        (reason, blocks) -> System.out.printf("  %d: %s %s%n", blocks.size(), reason, blocks));
  }

  @Test
  void everyBlockHasALanguageAndShellBlocksParse() throws Exception {
    assumeTrue(ProcessResult.isInstalled("bash"));
    for (MarkdownPage page : MarkdownPage.all(ROOT)) {
      if (page.notRunReason().isPresent()) {
        assertThat(page.blocks()).as(page.name()).anyMatch(CodeBlock::isShell);
        assertThat(page.blocks()).as(page.name()).allMatch(block -> block.notRunReason().isEmpty());
      }
      for (CodeBlock block : page.blocks()) {
        assertThat(block.language())
            .as(block + ": a block without another language must be marked as text")
            .isNotEmpty();
        if (block.isShell()) {
          Path script = Files.writeString(temp.resolve("block"), block.text());
          assertThat(ProcessResult.run("bash", "-n", script.toString()))
              .as(block.toString())
              .isEqualTo(new ProcessResult(0, ""));
          block.replaced(); // throws if a replacement is stale
        } else {
          assertThat(block.setup()).as(block + " is never run").isEmpty();
          assertThat(block.notRunReason()).as(block + " is never run").isEmpty();
        }
      }
    }
  }
}
