package teos.benchmarks.towers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;

/** {@code teosd} of rust-teos, which takes mostly the same flags as ours. */
public final class RustTeos {

  private RustTeos() {}

  /**
   * Starts the tower and blocks until it accepts connections.
   *
   * @param teosd the program
   * @param bitcoind with a cookie file
   * @param data an empty data folder
   * @throws IOException if it does not start; the message has its output
   */
  public static MeasuredTower start(Path teosd, Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    // There is no flag for it, and another tower may use its default port.
    Files.writeString(
        data.resolve("teos.toml"), "internal_api_port = %d%n".formatted(FreePort.find()));
    int port = FreePort.find();
    List<String> command =
        List.of(
            teosd.toString(),
            "--btcnetwork=regtest",
            "--btcrpcconnect=127.0.0.1",
            "--btcrpcport=" + bitcoind.rpcPort(),
            "--btcrpccookie=" + bitcoind.cookieFile(),
            "--datadir=" + data,
            "--apibind=127.0.0.1",
            "--apiport=" + port,
            "--rpcport=" + FreePort.find());
    return TowerProcess.start(command, Map.of(), data.resolve("teosd.out"), port);
  }
}
