package teos.teosd;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import teos.common.KeyFile;
import teos.config.Config;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.node.TowerKeys;
import teos.teosd.node.Wiring;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TestDatabase;
import teos.testkit.TestTimeouts;
import teos.testkit.TowerUser;

/** Complete tower inside this JVM, on a real bitcoind. */
public final class RunningTower implements AutoCloseable {

  private final TeosDaemon daemon;
  private final Config config;
  private final URI api;
  private final PublicKey id;
  private final CompletableFuture<Integer> exitCode;
  private final Thread runner;

  private RunningTower(
      TeosDaemon daemon,
      Config config,
      URI api,
      PublicKey id,
      CompletableFuture<Integer> exitCode,
      Thread runner) {
    this.daemon = daemon;
    this.config = config;
    this.api = api;
    this.id = id;
    this.exitCode = exitCode;
    this.runner = runner;
  }

  /** Starts a tower with its data in {@code dataDir}, and waits until its API is listening. */
  public static RunningTower start(Bitcoind bitcoind, Path dataDir, Map<String, String> settings)
      throws Exception {
    Map<String, String> all = settings(bitcoind);
    all.putAll(settings);
    return start(dataDir, all);
  }

  /**
   * Starts a tower with an explicit RPC port and cookie, for example those of a proxy for bitcoind.
   *
   * @param rpcPort port at which the tower calls bitcoind
   * @param cookie file with the RPC credentials
   */
  static RunningTower start(int rpcPort, Path cookie, Path dataDir, Map<String, String> settings)
      throws Exception {
    Map<String, String> all = settings(rpcPort, cookie);
    all.putAll(settings);
    return start(dataDir, all);
  }

  private static RunningTower start(Path dataDir, Map<String, String> settings) throws Exception {
    Map<String, String> all = new HashMap<>();
    int port = FreePort.find();
    all.put("api_port", Integer.toString(port));
    all.putAll(TestDatabase.settings(dataDir));
    all.putAll(settings);
    Config config = TeosDaemon.getConfig(all, dataDir);
    Files.createDirectories(config.dataDir());
    KeyFile file = TowerKeys.file(config);
    SecretKey key = file.exists() ? file.load() : file.create(new SecureRandom());
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    TeosDaemon daemon =
        new TeosDaemon(
            config,
            key,
            LoggerFactory.getLogger(TeosDaemon.class),
            Wiring.bitcoind(config),
            exitCode::complete);
    Thread runner =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    daemon.start();
                  } catch (
                      Throwable e) { // including linkage errors, so that no caller waits forever
                    exitCode.completeExceptionally(e);
                  }
                });
    URI api = URI.create("http://127.0.0.1:" + port);
    while (!FreePort.isListening(port)) {
      if (exitCode.isDone()) {
        exitCode.get();
      }
      Thread.sleep(20);
    }
    return new RunningTower(daemon, config, api, key.publicKey(), exitCode, runner);
  }

  /** Returns the settings with which a tower connects to {@code bitcoind}. */
  static Map<String, String> settings(Bitcoind bitcoind) throws IOException {
    Map<String, String> settings = settings(bitcoind.rpcPort(), bitcoind.cookieFile());
    settings.put("btc_feed_port", Integer.toString(bitcoind.zmqPort()));
    return settings;
  }

  private static Map<String, String> settings(int rpcPort, Path cookie) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("btc_network", "regtest");
    settings.put("disk_reserve", "0"); // saves time: the tests start hundreds of towers
    settings.put("btc_rpc_port", Integer.toString(rpcPort));
    settings.put("btc_rpc_cookie", cookie.toString());
    settings.put("rpc_port", Integer.toString(FreePort.find()));
    settings.put("internal_api_port", Integer.toString(FreePort.find()));
    return settings;
  }

  public TeosDaemon daemon() {
    return daemon;
  }

  /** Returns the effective configuration. */
  public Config config() {
    return config;
  }

  public URI api() {
    return api;
  }

  public PublicKey id() {
    return id;
  }

  /** Creates a user of this tower, not registered yet. */
  public TowerUser user(Dialect dialect) {
    return new TowerUser(api, dialect, SecretKey.generate(new SecureRandom()));
  }

  /** Creates a user of this tower and registers it. */
  public TowerUser registered(Dialect dialect) throws Exception {
    TowerUser user = user(dialect);
    TowerUser.Reply reply = user.register();
    if (reply.status() != 200) {
      throw new IllegalStateException("not registered: " + reply);
    }
    return user;
  }

  /** Stops the tower as the stop command does; returns the exit code. */
  public int stop() throws Exception {
    daemon.components().internalApi().stop();
    return awaitExit();
  }

  /** Waits until the tower has ended; returns the exit code. */
  public int awaitExit() throws Exception {
    int code = exitCode.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
    runner.join();
    return code;
  }

  @Override
  public void close() {
    if (exitCode.isDone()) {
      return;
    }
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the tower was stopping", e);
    } catch (Exception e) {
      throw new IllegalStateException("the tower did not stop cleanly", e);
    }
  }
}
