package teos.benchmarks.towers;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import teos.testkit.Bitcoind;
import teos.testkit.TowerProgram;

/** java-teos, started by its launch script as users do. */
public final class JavaTeos implements MeasuredTower {

  private final TowerProgram program;

  private JavaTeos(TowerProgram program) {
    this.program = program;
  }

  /**
   * Starts the tower and blocks until it accepts connections.
   *
   * @param root the project's folder, built
   * @param data an empty data folder
   * @throws IOException if it does not start; the message has its output
   */
  public static JavaTeos start(Path root, Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    return new JavaTeos(TowerProgram.start(root, bitcoind, data, "--limituserrequests=0"));
  }

  @Override
  public URI api() {
    return program.api();
  }

  @Override
  public long pid() {
    return program.pid();
  }

  @Override
  public void close() {
    program.close();
  }
}
