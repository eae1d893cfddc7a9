package teos.benchmarks.towers;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import teos.testkit.Bitcoind;
import teos.testkit.TowerProgram;

/** java-teos, as its users start it. */
public final class OurTower implements MeasuredTower {

  private final TowerProgram program;

  private OurTower(TowerProgram program) {
    this.program = program;
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param root the project's folder, built
   * @param data an empty folder for it
   * @throws IOException if it does not start, with what it said
   */
  public static OurTower start(Path root, Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    return new OurTower(TowerProgram.start(root, bitcoind, data, "--limituserrequests=0"));
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
