package teos.teosd;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;

/** One of several tower and front end processes that share a database; it can be restarted. */
final class Member implements AutoCloseable {

  private final @Nullable Bitcoind bitcoind;
  private final Path dataDir;
  private final String databaseUrl;
  private final int port;
  private final int webPort;
  private @Nullable TowerProcess process;

  private Member(@Nullable Bitcoind bitcoind, Path dataDir, String databaseUrl) throws IOException {
    this.bitcoind = bitcoind;
    this.dataDir = dataDir;
    this.databaseUrl = databaseUrl;
    this.port = FreePort.find();
    this.webPort = FreePort.find();
  }

  /** Creates a tower, not started yet. */
  static Member tower(Bitcoind bitcoind, Path dataDir, String databaseUrl) throws IOException {
    return new Member(bitcoind, dataDir, databaseUrl);
  }

  /** Creates a front end, not started yet. */
  static Member frontEnd(Path dataDir, String databaseUrl) throws IOException {
    return new Member(null, dataDir, databaseUrl);
  }

  /** Copies the tower key of {@code other}. */
  Member withKeyOf(Member other) throws IOException {
    Files.createDirectories(key().getParent());
    Files.copy(other.key(), key());
    return this;
  }

  Path key() {
    return dataDir.resolve("regtest").resolve("teos_sk.der");
  }

  URI api() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Returns whether {@code holder}, read from the lease, names this process. */
  boolean isHolder(String holder) {
    return holder.endsWith(":" + dataDir.resolve("regtest"));
  }

  /** Returns the URL of a front end's dashboard. */
  URI site() {
    return URI.create("http://127.0.0.1:" + webPort);
  }

  Member start() throws IOException {
    stop();
    if (bitcoind != null) {
      process = TowerProcess.start(bitcoind, dataDir, port, Map.of("database_url", databaseUrl));
    } else {
      process =
          TowerProcess.start(
              port,
              List.of(
                  "api",
                  "--datadir=" + dataDir,
                  "--btcnetwork=regtest",
                  "--apiport=" + port,
                  "--internalapiport=" + FreePort.find(),
                  "--webport=" + webPort,
                  "--databaseurl=" + databaseUrl));
    }
    return this;
  }

  TowerProcess process() {
    if (process == null) {
      throw new IllegalStateException("not started");
    }
    return process;
  }

  /** Restarts the process if it has ended, as a service manager would. */
  void restartIfEnded() throws IOException {
    if (process == null || !process.isAlive()) {
      start();
    }
  }

  @Override
  public void close() throws IOException {
    stop();
  }

  /** Kills the process; {@link #start} starts it again. */
  void stop() throws IOException {
    if (process != null) {
      process.close();
    }
  }
}
