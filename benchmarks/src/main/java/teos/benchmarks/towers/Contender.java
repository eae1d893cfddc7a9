package teos.benchmarks.towers;

import java.io.IOException;
import java.nio.file.Path;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;

/**
 * A tower that can be started.
 *
 * @param name what it is called in a table
 * @param dialect what its users speak
 * @param atMost requests a second that it will not reach on a usual machine
 */
public record Contender(String name, Dialect dialect, int atMost, Starter starter) {

  private static final int FIRST_BLOCKS = 120;

  /** Starts it, with an empty folder for its data, and waits until it answers. */
  public interface Starter {
    MeasuredTower start(Bitcoind bitcoind, Path data) throws IOException, InterruptedException;
  }

  /**
   * Ours.
   *
   * @param root the project's folder, built
   */
  public static Contender javaTeos(Path root, Dialect dialect) {
    return new Contender(
        "java-teos", dialect, 8_000, (bitcoind, data) -> OurTower.start(root, bitcoind, data));
  }

  /** rust-teos, by the path of its {@code teosd}. */
  public static Contender rustTeos(Path teosd) {
    return new Contender(
        "rust-teos", Dialect.V2, 2_000, (bitcoind, data) -> RustTeos.start(teosd, bitcoind, data));
  }

  /** python-teos, by the path of its {@code teosd}. */
  public static Contender pythonTeos(Path teosd) {
    return new Contender(
        "python-teos",
        Dialect.V1,
        1_000,
        (bitcoind, data) -> PythonTeos.start(teosd, bitcoind, data));
  }

  /** A bitcoind that each of them can use, with some blocks. */
  public static Bitcoind bitcoind() throws IOException, InterruptedException {
    Bitcoind bitcoind = Bitcoind.start(PythonTeos.withCredentials(BitcoindOptions.DEFAULT));
    bitcoind.mine(FIRST_BLOCKS);
    return bitcoind;
  }
}
