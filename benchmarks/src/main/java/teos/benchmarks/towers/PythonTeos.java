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

/** The {@code teosd} of python-teos, with its usual web server (gunicorn) as a child of it. */
public final class PythonTeos {

  /** It knows no cookie file, and with -rpcuser bitcoind writes none. */
  private static final String USER = "teos";

  private static final String PASSWORD = "secret";

  /** HMAC-SHA256 of the password under the salt before the dollar sign: what -rpcauth takes. */
  private static final String HASHED =
      "00112233445566778899aabbccddeeff"
          + "$74ef20277296f0f1f1a01f8915163d687de88b01b139720c60e410c0540a0937";

  private PythonTeos() {}

  /** {@code options}, with a password that it can use beside the cookie file that others use. */
  static BitcoindOptions withCredentials(BitcoindOptions options) {
    return options.withArgs("-rpcauth=" + USER + ":" + HASHED);
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param teosd the program, in the bin folder of the Python environment that has its libraries
   * @param bitcoind with {@link #withCredentials}
   * @param data an empty folder for it
   * @throws IOException if it does not start, with what it said
   */
  public static MeasuredTower start(Path teosd, Bitcoind bitcoind, Path data)
      throws IOException, InterruptedException {
    // It has no flags for these. As many slots as the others give.
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
    // It finds gunicorn there.
    Path bin = teosd.toAbsolutePath().getParent();
    Map<String, String> environment =
        Map.of("PATH", bin + File.pathSeparator + System.getenv("PATH"));
    return TowerProcess.start(command, environment, data.resolve("teosd.out"), port);
  }
}
