package teos.teosd.attack;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import teos.teosd.TowerProcess;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;

/** The real program with {@code -Xmx128m} and default settings, on a real bitcoind. */
public final class AttackedTower implements AutoCloseable {

  /** Arguments of bitcoind for blocks of up to 4 MB of weight. */
  public static final String LARGE_BLOCKS = "-blockmaxsize=3900000";

  /** As {@link #LARGE_BLOCKS}; bitcoind needs both. */
  public static final String LARGE_WEIGHT = "-blockmaxweight=3900000";

  /** Argument that stops bitcoind from checking its whole mempool for each transaction. */
  public static final String NO_MEMPOOL_CHECK = "-checkmempool=0";

  /** Options with all three arguments. */
  public static final BitcoindOptions BITCOIND =
      BitcoindOptions.DEFAULT.withArgs(LARGE_BLOCKS, LARGE_WEIGHT, NO_MEMPOOL_CHECK);

  private final Bitcoind bitcoind;
  private final Path dataDir;
  private final int port;
  private final Map<String, String> settings;
  private TowerProcess process;

  private AttackedTower(Bitcoind bitcoind, Path dataDir, int port, Map<String, String> settings)
      throws IOException {
    this.bitcoind = bitcoind;
    this.dataDir = dataDir;
    this.port = port;
    this.settings = settings;
    this.process = TowerProcess.start(bitcoind, dataDir, port, settings);
  }

  /**
   * Starts the tower and waits until it answers.
   *
   * @param settings in addition to the defaults; a switch has an empty value
   */
  public static AttackedTower start(Bitcoind bitcoind, Path dataDir, Map<String, String> settings)
      throws Exception {
    AttackedTower tower = new AttackedTower(bitcoind, dataDir, FreePort.find(), settings);
    tower.process.awaitReady();
    return tower;
  }

  /** Restarts the tower after {@link #stop} on the same ports and waits until it answers. */
  public void startAgain() throws Exception {
    process = TowerProcess.start(bitcoind, dataDir, port, settings);
    process.awaitReady();
  }

  /** Stops the tower by SIGTERM; fails if the exit code is not 0. */
  public void stop() throws Exception {
    assertAlive();
    process.signal("TERM");
    int code = process.awaitExit();
    if (code != 0) {
      throw new AssertionError("teosd ended with " + code + ": " + process.output());
    }
    process.close();
  }

  /** Fails with the whole output if the program has ended. */
  public void assertAlive() throws Exception {
    if (!process.isAlive()) {
      throw new AssertionError("teosd ended with " + process.awaitExit() + ": " + process.output());
    }
  }

  public Bitcoind bitcoind() {
    return bitcoind;
  }

  public URI api() {
    return process.api();
  }

  public TowerProcess process() {
    return process;
  }

  /** Returns the data folder. */
  public Path dataDir() {
    return dataDir;
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
