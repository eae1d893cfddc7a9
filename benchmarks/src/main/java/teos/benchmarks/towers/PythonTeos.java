package teos.benchmarks.towers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;

/** {@code teosd} of python-teos, with its default web server (gunicorn) as a child process. */
public final class PythonTeos {

  /**
   * python-teos cannot use a cookie file, and with -rpcuser bitcoind would not write one for the
   * others.
   */
  private static final String USER = "teos";

  private static final String PASSWORD = "secret";

  /** Value of -rpcauth: the salt, a dollar sign, and the HMAC-SHA256 of the password under it. */
  private static final String HASHED =
      "00112233445566778899aabbccddeeff"
          + "$74ef20277296f0f1f1a01f8915163d687de88b01b139720c60e410c0540a0937";

  private PythonTeos() {}

  /**
   * Returns {@code options} with a password for python-teos, in addition to the cookie file for the
   * others.
   */
  static BitcoindOptions withCredentials(BitcoindOptions options) {
    return options.withArgs("-rpcauth=" + USER + ":" + HASHED);
  }

  /**
   * Starts the tower and blocks until it accepts connections.
   *
   * @param teosd the program in the bin folder of the Python environment that it is installed in
   * @param bitcoind with {@link #withCredentials}
   * @param data an empty data folder
   * @throws IOException if it does not start; the message has its output
   */
  public static MeasuredTower start(Path teosd, Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    // There are no flags for these. The slots are as many as the others grant.
    Files.writeString(
        data.resolve("teos.conf"),
        "[teos]%nsubscription_slots = 10000%ninternal_api_port = %d%n".formatted(FreePort.find()));
    int port = FreePort.find();
    List<String> command =
        List.of(
            teosd.toString(),
            "--btcnetwork=regtest",
            "--btcrpcconnect=127.0.0.1",
            "--btcrpcport=" + bitcoind.rpcPort(),
            "--btcrpcuser=" + USER,
            "--btcrpcpassword=" + PASSWORD,
            "--btcfeedconnect=127.0.0.1",
            "--btcfeedport=" + bitcoind.zmqPort(),
            "--datadir=" + data,
            "--apibind=127.0.0.1",
            "--apiport=" + port,
            "--rpcport=" + FreePort.find());
    // python-teos looks for gunicorn there.
    Path bin = teosd.toAbsolutePath().getParent();
    Map<String, String> environment =
        Map.of("PATH", bin + File.pathSeparator + System.getenv("PATH"));
    return TowerProcess.start(command, environment, data.resolve("teosd.out"), port);
  }
}
