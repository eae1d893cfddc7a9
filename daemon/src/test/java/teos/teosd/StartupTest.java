package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.teosd.process.ExitCode;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;
import teos.testkit.TestTimeouts;
import teos.testkit.junit.TestBitcoind;

/**
 * Startup, startup failures and shutdown of the real program, each with its message and exit code.
 */
@Tag("bitcoind")
@Order(1)
class StartupTest {

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private TowerProcess start(Bitcoind node, Map<String, String> more) throws Exception {
    return TowerProcess.start(node, dataDir, FreePort.find(), more);
  }

  private void assertRefused(
      Bitcoind node, Map<String, String> more, ExitCode code, String... messages) throws Exception {
    try (TowerProcess tower = start(node, more)) {
      assertThat(tower.awaitExit()).as(tower.output()).isEqualTo(code.code());
      assertThat(tower.output()).contains(messages);
    }
  }

  @Test
  void failsWhenBitcoindIsUnreachable() throws Exception {
    String unusedPort = Integer.toString(FreePort.find());
    assertRefused(
        bitcoind,
        Map.of("btc_rpc_port", unusedPort),
        ExitCode.BITCOIND_UNAVAILABLE,
        "does not answer",
        "btc_rpc_port");
  }

  @ParameterizedTest
  @CsvSource({"200, <p>Hello</p>", "404, {\"error\": \"nothing here\"}"})
  void failsWhenAnotherServerListensAtBitcoindsPort(int status, String body) throws Exception {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    other.start();
    try {
      assertRefused(
          bitcoind,
          Map.of("btc_rpc_port", Integer.toString(other.getAddress().getPort())),
          ExitCode.BITCOIND_UNAVAILABLE,
          "bitcoind's RPC",
          "btc_rpc_port");
    } finally {
      other.stop(0);
    }
  }

  @Test
  void failsOnWrongCookie() throws Exception {
    Path cookie = Files.writeString(dataDir.resolve("cookie"), "__cookie__:wrong");
    assertRefused(
        bitcoind,
        Map.of("btc_rpc_cookie", cookie.toString()),
        ExitCode.BITCOIND_CREDENTIALS,
        "does not accept the credentials",
        "btc_rpc_cookie");
  }

  @Test
  void failsOnWrongPasswordWithoutPrintingIt() throws Exception {
    int port = FreePort.find();
    List<String> flags = flags(bitcoind);
    flags.removeIf(flag -> flag.startsWith("--btcrpccookie"));
    flags.addAll(List.of("--btcrpcuser=teos", "--btcrpcpassword=not-this-one"));
    try (TowerProcess tower = TowerProcess.start(port, flags)) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.BITCOIND_CREDENTIALS.code());
      assertThat(tower.output())
          .contains("does not accept the credentials", "btc_rpc_password")
          .doesNotContain("not-this-one");
    }
  }

  @Test
  void failsWhenCookieIsMissing() throws Exception {
    assertRefused(
        bitcoind,
        Map.of("btc_rpc_cookie", dataDir.resolve("none").toString()),
        ExitCode.BITCOIND_CREDENTIALS,
        "cannot read bitcoind's cookie " + dataDir.resolve("none") + ": there is no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mainnet", "testnet", "signet"})
  void failsWhenBitcoindIsOnAnotherNetwork(String network) throws Exception {
    assertRefused(
        bitcoind,
        Map.of("btc_network", network),
        ExitCode.BITCOIND_NETWORK,
        "another network (regtest",
        network);
  }

  @Test
  void failsWhenChainIsTooShort() throws Exception {
    try (Bitcoind empty = Bitcoind.start()) {
      assertRefused(
          empty, Map.of(), ExitCode.CHAIN_TOO_SHORT, "has 0 blocks", "mine at least 6 more");
    }
  }

  @Test
  void failsWhileBitcoindIsSyncing() throws Exception {
    try (Bitcoind behind = Bitcoind.start()) {
      for (int height = 1; height <= 10; height++) {
        String hash = bitcoind.rpc("getblockhash", height).asText();
        if (height <= 3) {
          behind.rpc("submitblock", bitcoind.rpc("getblock", hash, 0).asText());
        } else {
          behind.rpc("submitheader", bitcoind.rpc("getblockheader", hash, false).asText());
        }
      }
      assertRefused(behind, Map.of(), ExitCode.BITCOIND_SYNCING, "still syncing", "block 3 of 10");
    }
  }

  @Test
  void failsWhenNeededBlocksArePrunedUnlessForced() throws Exception {
    BitcoindOptions pruning = BitcoindOptions.DEFAULT.withArgs("-prune=1", "-fastprune");
    try (Bitcoind node = Bitcoind.start(pruning)) {
      node.mine(10);
      try (TowerProcess tower = start(node, Map.of())) {
        tower.awaitReady();
        tower.signal("TERM");
        assertThat(tower.awaitExit()).isZero();
      }
      node.mine(1000);
      node.rpc("pruneblockchain", 700);
      assertRefused(node, Map.of(), ExitCode.BITCOIND_PRUNED, "has pruned blocks", "--forceupdate");
      List<String> flags = flags(node);
      flags.add("--forceupdate");
      int port = FreePort.find();
      flags.add("--apiport=" + port);
      try (TowerProcess tower = TowerProcess.start(port, flags)) {
        tower.awaitReady();
      }
    }
  }

  private List<String> flags(Bitcoind node) throws IOException {
    List<String> flags = new ArrayList<>(List.of("--datadir=" + dataDir));
    RunningTower.settings(node)
        .forEach((key, value) -> flags.add("--" + key.replace("_", "") + "=" + value));
    return flags;
  }

  @ParameterizedTest
  @ValueSource(strings = {"api_port", "rpc_port", "internal_api_port", "web_port"})
  void failsWhenPortIsInUse(String setting) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      try (TowerProcess tower = start(bitcoind, Map.of(setting, port))) {
        assertThat(tower.awaitExit()).as(tower.output()).isEqualTo(ExitCode.ADDRESS.code());
        assertThat(tower.output())
            .contains("cannot listen at", port, setting)
            .doesNotContain("Exception", "\tat ");
      }
    }
  }

  @Test
  void failsOnInvalidCertificateAndKeepsIt() throws Exception {
    Path file = Files.writeString(dataDir.resolve("client.pem"), "no certificate");
    Files.writeString(dataDir.resolve("client-key.pem"), "no key");
    assertRefused(
        bitcoind, Map.of(), ExitCode.CERTIFICATES, "cannot use the certificates", "client.pem");
    assertThat(file).hasContent("no certificate");
  }

  @Test
  void failsWhenAnotherTowerUsesTheDataFolder() throws Exception {
    try (TowerProcess first = start(bitcoind, Map.of())) {
      first.awaitReady();
      assertRefused(bitcoind, Map.of(), ExitCode.ERROR, "another teosd is running");
    }
  }

  @Test
  void failsOnInvalidKeyFileAndKeepsIt() throws Exception {
    Files.createDirectories(dataDir.resolve("regtest"));
    Path key = Files.writeString(dataDir.resolve("regtest/teos_sk.der"), "no key");
    assertRefused(bitcoind, Map.of(), ExitCode.KEY, "is not the tower's key");
    assertThat(key).hasContent("no key");
  }

  @Test
  void failsOnInvalidDatabaseAndKeepsIt() throws Exception {
    Files.createDirectories(dataDir.resolve("regtest"));
    Path file = Files.writeString(dataDir.resolve("regtest/teos_db.sqlite"), "no database, this");
    assertRefused(bitcoind, Map.of(), ExitCode.DATABASE, "cannot open the database");
    assertThat(file).hasContent("no database, this");
  }

  @Test
  void failsOnInvalidFlag() throws Exception {
    assertRefused(bitcoind, Map.of("nosuch", "1"), ExitCode.CONFIGURATION, "nosuch");
    assertRefused(
        bitcoind, Map.of("polling_delta", "soon"), ExitCode.CONFIGURATION, "polling_delta", "soon");
  }

  @Test
  void readsConfigurationFileAndFailsOnTwo() throws Exception {
    int port = FreePort.find();
    Files.writeString(
        dataDir.resolve("teos.toml"),
        """
        btc_network = "regtest"
        btc_rpc_port = %d
        btc_rpc_cookie = "%s"
        api_port = %d
        rpc_port = %d
        internal_api_port = %d
        """
            .formatted(
                bitcoind.rpcPort(), bitcoind.cookieFile(), port, FreePort.find(), FreePort.find()));
    try (TowerProcess tower = TowerProcess.start(port, List.of("--datadir=" + dataDir))) {
      tower.awaitReady();
    }
    Files.writeString(dataDir.resolve("teos.conf"), "[teos]\napi_port = 9814\n");
    try (TowerProcess tower = TowerProcess.start(port, List.of("--datadir=" + dataDir))) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.CONFIGURATION.code());
      assertThat(tower.output()).contains("teos.toml", "teos.conf");
    }
  }

  @Test
  void failsOnInvalidConfigurationFile() throws Exception {
    Files.writeString(dataDir.resolve("teos.toml"), "polling_delta = \"soon\"\n");
    assertRefused(bitcoind, Map.of(), ExitCode.CONFIGURATION, "teos.toml", "polling_delta", "soon");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void signal_shutsDownCleanly(String signal) throws Exception {
    try (TowerProcess tower = start(bitcoind, Map.of())) {
      tower.awaitReady();
      tower.signal(signal);
      assertThat(tower.awaitExit()).isZero();
      assertThat(tower.output()).contains("database closed").doesNotContain("ERROR", "Exception");
    }
  }

  @Test
  void stopCommand_shutsDownCleanly() throws Exception {
    int port = FreePort.find();
    List<String> stop = List.of("stop", "--datadir=" + dataDir, "--btcnetwork=regtest");
    try (TowerProcess tower = start(bitcoind, Map.of());
        TowerProcess command = TowerProcess.start(port, afterReady(tower, stop))) {
      assertThat(command.awaitExit()).as(command.output()).isZero();
      assertThat(tower.awaitExit()).isZero();
      assertThat(tower.output()).contains("database closed");
    }
    try (TowerProcess command = TowerProcess.start(port, stop)) {
      assertThat(command.awaitExit()).isEqualTo(ExitCode.ERROR.code());
      assertThat(command.output()).contains("no tower is running");
    }
  }

  /** Returns {@code flags} once {@code tower} is ready. */
  private static List<String> afterReady(TowerProcess tower, List<String> flags) throws Exception {
    tower.awaitReady();
    return flags;
  }

  @Test
  void signalDuringCatchUp_shutsDownCleanlyAndRestartResumes() throws Exception {
    try (Bitcoind node = Bitcoind.start()) {
      node.mine(10);
      try (TowerProcess tower = start(node, Map.of())) {
        tower.awaitReady();
      }
      node.mine(3_000);
      try (TowerProcess tower = start(node, Map.of())) {
        Eventually.holds("catching up", () -> storedHeight() > 110);
        tower.signal("TERM");
        assertThat(tower.awaitExit()).isZero();
        assertThat(tower.output()).contains("database closed").doesNotContain("tower ready");
      }
      try (TowerProcess tower = start(node, Map.of())) {
        tower.awaitReady();
        assertThat(tower.output())
            .contains("up to date block=\"3010 ")
            .doesNotContain("from=11 to=3010");
      }
    }
  }

  /** Returns the last processed height from the database: a starting tower serves no requests. */
  private int storedHeight() throws Exception {
    try (Connection database =
            DriverManager.getConnection(
                "jdbc:sqlite:" + dataDir.resolve("regtest/teos_db.sqlite"));
        ResultSet height =
            database.createStatement().executeQuery("SELECT max(height) FROM known_blocks")) {
      return height.getInt(1);
    }
  }

  @Test
  void failsWhenBitcoindIsOnAnotherChainUnlessForced() throws Exception {
    try (Bitcoind other = Bitcoind.start()) {
      other.mine(30);
      try (TowerProcess tower = start(bitcoind, Map.of())) {
        tower.awaitReady();
        tower.signal("TERM");
        assertThat(tower.awaitExit()).isZero();
      }
      assertRefused(
          other,
          Map.of(),
          ExitCode.BITCOIND_CHAIN,
          "is on another chain",
          bitcoind.bestBlockHash(),
          other.bestBlockHash(),
          "--forceupdate");
      int port = FreePort.find();
      List<String> flags = flags(other);
      flags.addAll(List.of("--apiport=" + port, "--forceupdate"));
      try (TowerProcess tower = TowerProcess.start(port, flags)) {
        tower.awaitReady();
        assertThat(tower.output())
            .contains("bootstrapping from stored data", " block=\"30 (" + other.bestBlockHash());
      }
      // From now on the tower belongs to that chain.
      try (TowerProcess tower = start(other, Map.of())) {
        tower.awaitReady();
      }
      assertRefused(bitcoind, Map.of(), ExitCode.BITCOIND_CHAIN, "is on another chain");
    }
  }

  @Test
  void failsWhenBitcoindIsBehindTheTower() throws Exception {
    try (Bitcoind ahead = Bitcoind.start();
        Bitcoind behind = Bitcoind.start()) {
      ahead.mine(20);
      for (int height = 1; height <= 10; height++) {
        String hash = ahead.rpc("getblockhash", height).asText();
        behind.rpc("submitblock", ahead.rpc("getblock", hash, 0).asText());
      }
      try (TowerProcess tower = start(ahead, Map.of())) {
        tower.awaitReady();
        tower.signal("TERM");
        assertThat(tower.awaitExit()).isZero();
      }
      assertRefused(behind, Map.of(), ExitCode.BITCOIND_SYNCING, "out of sync", "block 10 of 20");
    }
  }

  @Test
  void secondSignal_endsImmediately() throws Exception {
    try (TowerProcess tower = start(bitcoind, Map.of())) {
      tower.awaitReady();
      // An orderly shutdown waits for this request, whose body never arrives.
      try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), tower.api().getPort())) {
        OutputStream out = slow.getOutputStream();
        out.write(
            "POST /register HTTP/1.1\r\nHost: t\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        slow.setSoTimeout(TestTimeouts.EVENT_MILLIS);
        // 100 Continue means that the tower has started to read the request.
        assertThat(new String(slow.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
            .isEqualTo("HTTP/1.1 100");
        out.write('{');
        out.flush();
        tower.signal("TERM");
        Eventually.holds("stopping", () -> tower.output().contains("signal=TERM"));
        // Signals within one second of the first count as the same request.
        Eventually.holds(
            "ended",
            () -> {
              tower.signal("TERM");
              return !tower.isAlive();
            });
        assertThat(tower.awaitExit()).isEqualTo(ExitCode.KILLED.code());
      }
    }
  }

  @Test
  void duplicateSignal_shutsDownCleanly() throws Exception {
    try (TowerProcess tower = start(bitcoind, Map.of())) {
      tower.awaitReady();
      tower.signal("TERM", "INT"); // as `timeout` does; the kernel would merge two pending TERMs
      assertThat(tower.awaitExit()).isZero();
      assertThat(tower.output()).contains("database closed");
    }
  }

  @Test
  void background_servesWhenCommandReturns() throws Exception {
    Path lock = dataDir.resolve("regtest/teosd.lock");
    try (TowerProcess command = start(bitcoind, Map.of("daemon", ""))) {
      assertThat(command.awaitExit()).as(command.output()).isZero();
      ProcessHandle tower = ProcessHandle.of(Long.parseLong(Files.readString(lock))).orElseThrow();
      try {
        assertThat(command.output()).contains("pid " + tower.pid(), "teos.log", "watching");
        assertThat(FreePort.isListening(command.api().getPort())).isTrue();
      } finally {
        tower.destroy();
        tower.onExit().get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
      }
      assertThat(dataDir.resolve("regtest/teos.log")).content().contains("database closed");
    }
  }

  @Test
  void background_reportsStartupFailure() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertRefused(
          bitcoind,
          Map.of("daemon", "", "api_port", port),
          ExitCode.ADDRESS,
          "cannot listen at",
          port,
          "not started");
    }
  }

  @Test
  void createsPrivateFilesAndNarrowsExistingPermissions() throws Exception {
    List<String> umask = List.of("sh", "-c", "umask 000; exec \"$@\"", "sh");
    Path folder = dataDir.resolve("tower"); // created by the tower
    for (boolean again : new boolean[] {false, true}) {
      try (TowerProcess tower =
          TowerProcess.start(
              bitcoind, folder, FreePort.find(), Map.of("disk_reserve", "1"), Map.of(), umask)) {
        tower.awaitReady();
        if (again) {
          assertThat(tower.output())
              .contains("permissions narrowed", "before=rwxrwxrwx", "teos.log", "teosd.lock");
        } else {
          assertThat(tower.output()).doesNotContain("permissions narrowed");
          assertThat(tower.output().lines().findFirst().orElseThrow())
              .contains("Starting java-teos version=", " network=regtest");
        }
        assertThat(accessibleToOthers(folder)).isEmpty();
        tower.signal("TERM");
        tower.awaitExit();
      }
      new ProcessBuilder("chmod", "-R", "a+rwX", folder.toString()).start().waitFor();
      assertThat(accessibleToOthers(folder)).isNotEmpty();
    }
  }

  /** Uses the test user's own group, to which files can be assigned without privileges. */
  @Test
  void operatorGroup_canReadOnlyTheOperatorsKey() throws Exception {
    String group = Files.readAttributes(dataDir, PosixFileAttributes.class).group().getName();
    Path folder = dataDir.resolve("tower");
    try (TowerProcess tower =
        TowerProcess.start(bitcoind, folder, FreePort.find(), Map.of("operator_group", group))) {
      tower.awaitReady();
      Path key = folder.resolve("client-key.pem");
      assertThat(accessibleToOthers(folder)).containsExactlyInAnyOrder(folder, key);
      assertThat(Files.getPosixFilePermissions(folder))
          .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
      assertThat(Files.getPosixFilePermissions(key))
          .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    }
    try (TowerProcess tower = TowerProcess.start(bitcoind, folder, FreePort.find(), Map.of())) {
      tower.awaitReady();
      assertThat(accessibleToOthers(folder)).as("without the setting").isEmpty();
    }
  }

  @Test
  void failsOnUnknownOperatorGroup() throws Exception {
    assertRefused(
        bitcoind,
        Map.of("operator_group", "no-such-group"),
        ExitCode.CERTIFICATES,
        "operator_group: the group no-such-group does not exist");
  }

  /** Returns the files that others can access, except certificates, which are public. */
  private static List<Path> accessibleToOthers(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> !path.toString().matches(".*/(ca|server|client)\\.pem"))
          .filter(path -> isAccessibleToOthers(path))
          .toList();
    }
  }

  private static boolean isAccessibleToOthers(Path path) {
    try {
      return !PosixFilePermissions.toString(Files.getPosixFilePermissions(path)).endsWith("------");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void overwriteKey_requiresConfirmation() throws Exception {
    Path key = dataDir.resolve("regtest/teos_sk.der");
    String idBefore;
    try (TowerProcess tower = start(bitcoind, Map.of())) {
      tower.awaitReady();
      idBefore = towerId(tower);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    byte[] before = Files.readAllBytes(key);
    int port = FreePort.find();
    List<String> flags = flags(bitcoind);
    flags.add("--apiport=" + port);
    flags.add("--overwritekey");
    try (TowerProcess tower = TowerProcess.start(port, flags)) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.CONFIGURATION.code());
      assertThat(tower.output()).contains("--yes");
    }
    assertThat(key).hasBinaryContent(before);
    flags.add("--yes");
    try (TowerProcess tower = TowerProcess.start(port, flags)) {
      tower.awaitReady();
      assertThat(towerId(tower)).isNotEqualTo(idBefore);
    }
    assertThat(Files.readAllBytes(key)).isNotEqualTo(before);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
  }

  private static String towerId(TowerProcess tower) throws Exception {
    Matcher id = Pattern.compile("tower_id=([0-9a-f]{66})").matcher(tower.output());
    assertThat(id.find()).as(tower.output()).isTrue();
    return id.group(1);
  }
}
