package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import teos.protocol.Dialect;
import teos.protocol.HostPort;

@Tag("bitcoind")
class DefaultsTest {

  private final Path folder;
  private final ConfigFixture fixture;

  DefaultsTest(@TempDir Path folder) {
    this.folder = folder;
    fixture = new ConfigFixture(folder);
  }

  @Test
  void everySettingHasItsDefault() throws ConfigException {
    assertThat(fixture.load())
        .isEqualTo(
            new Config(
                fixture.dataDir,
                new Config.Files(
                    fixture.inDataDir("teos_sk.der"),
                    fixture.inDataDir("teos_db.sqlite"),
                    fixture.inDataDir("teos.log"),
                    fixture.inDataDir("breaches.log"),
                    fixture.dataDir,
                    Optional.empty()),
                Optional.empty(),
                new HostPort("127.0.0.1", 9814),
                new Config.PublicAccess(List.of(), Optional.empty(), List.of()),
                new HostPort("127.0.0.1", 8814),
                new Config.InternalApi(new HostPort("127.0.0.1", 50051), 10),
                new Config.Bitcoind(
                    Network.MAINNET,
                    new HostPort("127.0.0.1", 8332),
                    new RpcAuth.Cookie(fixture.home.resolve(".bitcoin/.cookie")),
                    Optional.of(new Config.Feed("tcp", new HostPort("127.0.0.1", 28332))),
                    60,
                    new Config.Mempool(
                        MempoolWatch.ZMQ,
                        Optional.of(new Config.Feed("tcp", new HostPort("127.0.0.1", 28332))),
                        5)),
                new Config.Subscription(10_000, 4320, 6),
                new Config.Limits(1_000_000, 20, 6),
                new Config.Registration("open", Set.of(), 200, 64, 500, 100, 500),
                new Config.Web(Optional.empty(), List.of()),
                new Config.Lnd(
                    false, new HostPort("127.0.0.1", 9911), 65_535, 250_000, 100_000, "", Set.of()),
                new Config.Tor(false, 9051, "", 9814),
                new Config.Mode(false, false, false, false, false, false),
                Dialect.V2,
                List.of()));
  }

  @Test
  void everyDefaultPassesItsOwnRule() {
    for (Setting setting : Setting.values()) {
      assertThat(setting.defaultValue().isEmpty() || setting.rule().accepts(setting.defaultValue()))
          .as(setting.key())
          .isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mainnet, MAINNET, 8332, ''",
    "main, MAINNET, 8332, ''",
    "testnet, TESTNET, 18332, testnet",
    "test, TESTNET, 18332, testnet",
    "testnet4, TESTNET4, 48332, testnet4",
    "signet, SIGNET, 38332, signet",
    "regtest, REGTEST, 18443, regtest"
  })
  void networkDeterminesPortAndFolder(String name, Network network, int port, String subfolder)
      throws ConfigException {
    Config config = fixture.flag("btc_network", name).flag("btc_rpc_cookie", "/run/cookie").load();

    assertThat(config.network()).isEqualTo(network);
    assertThat(config.bitcoind().rpc().port()).isEqualTo(port);
    assertThat(config.dataDir()).isEqualTo(fixture.inDataDir(subfolder));
    assertThat(config.files().log()).isEqualTo(config.dataDir().resolve("teos.log"));
  }

  @Test
  void btcRpcPortOverridesTheNetworksDefault() throws ConfigException {
    assertThat(fixture.flag("btc_rpc_port", "1234").load().bitcoind().rpc().port()).isEqualTo(1234);
  }

  @Test
  void btcRpcPortZeroIsTheNetworksDefaultAsInRustTeos() throws ConfigException {
    assertThat(fixture.toml("btc_rpc_port = 0").load().bitcoind().rpc().port()).isEqualTo(8332);
  }

  @Test
  void btcFeedPortZeroDisablesTheFeedAndPollsTheMempool() throws ConfigException {
    Config.Bitcoind unfed = fixture.flag("btc_feed_port", "0").load().bitcoind();
    assertThat(unfed.feed()).isEmpty();
    assertThat(unfed.mempool())
        .isEqualTo(new Config.Mempool(MempoolWatch.POLLING, Optional.empty(), 5));
  }

  @Test
  void loadCreatesNoFiles() throws ConfigException {
    fixture.flag("btc_network", "regtest").flag("btc_rpc_cookie", "c").load();
    assertThat(fixture.inDataDir("regtest")).doesNotExist();
  }

  @Test
  void load_missingDataFolder_returnsDefaults() throws ConfigException {
    Path missing = folder.resolve("missing");
    assertThat(
            ConfigLoader.load(fixture.commandLine, new Environment(Map.of()), missing, fixture.home)
                .dataDir())
        .isEqualTo(missing);
  }
}
