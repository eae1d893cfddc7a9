package teos.benchmarks.towers;

import java.io.IOException;
import java.nio.file.Path;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;

/**
 * Tower that can be started and measured.
 *
 * @param name its name in the result table
 * @param dialect protocol dialect of its users
 * @param preparedPerSecond requests to prepare for each second: more than it reaches on a usual
 *     machine
 */
public record Contender(String name, Dialect dialect, int preparedPerSecond, Starter starter) {

  private static final int FIRST_BLOCKS = 120;

  /** Starts the tower with an empty data folder and blocks until it accepts connections. */
  public interface Starter {
    MeasuredTower start(Bitcoind bitcoind, Path data) throws IOException, InterruptedException;
  }

  /**
   * Returns java-teos.
   *
   * @param root the project's folder, built
   */
  public static Contender javaTeos(Path root, Dialect dialect) {
    return new Contender(
        "java-teos", dialect, 8_000, (bitcoind, data) -> JavaTeos.start(root, bitcoind, data));
  }

  /** Returns rust-teos; {@code teosd} is the path of its program. */
  public static Contender rustTeos(Path teosd) {
    return new Contender(
        "rust-teos", Dialect.V2, 2_000, (bitcoind, data) -> RustTeos.start(teosd, bitcoind, data));
  }

  /** Returns python-teos; {@code teosd} is the path of its program. */
  public static Contender pythonTeos(Path teosd) {
    return new Contender(
        "python-teos",
        Dialect.V1,
        1_000,
        (bitcoind, data) -> PythonTeos.start(teosd, bitcoind, data));
  }

  /** Starts a bitcoind that each of the towers can use, and mines some blocks. */
  public static Bitcoind bitcoind() throws IOException, InterruptedException {
    Bitcoind bitcoind = Bitcoind.start(PythonTeos.withCredentials(BitcoindOptions.DEFAULT));
    bitcoind.mine(FIRST_BLOCKS);
    return bitcoind;
  }
}
