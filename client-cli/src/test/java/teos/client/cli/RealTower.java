package teos.client.cli;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import teos.common.KeyFile;
import teos.protocol.PublicKey;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TestTimeouts;
import teos.testkit.TowerCommand;

/**
 * teosd in its own JVM, with a real bitcoind. It runs from the class path, because the tests of
 * this module run before {@code bin/teosd} is packaged.
 */
final class RealTower implements AutoCloseable {

  private final Process process;
  private final int port;
  private final Path folder;
  private final boolean overTls;

  private RealTower(Process process, int port, Path folder, boolean overTls) {
    this.process = process;
    this.port = port;
    this.folder = folder;
    this.overTls = overTls;
  }

  /**
   * Starts teosd and waits until it answers.
   *
   * @param options additional command line options
   */
  static RealTower start(Bitcoind bitcoind, Path folder, String... options) throws Exception {
    int port = FreePort.find();
    Path output = folder.resolve("teosd.out");
    List<String> command =
        TowerCommand.ofClassPath(
            bitcoind,
            folder,
            "--apiport=" + port,
            "--rpcport=" + FreePort.find(),
            "--internalapiport=" + FreePort.find());
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean overTls = List.of(options).stream().anyMatch(option -> option.startsWith("--apitls"));
    RealTower tower = new RealTower(process, port, folder, overTls);
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!tower.answers()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("teosd did not start: " + Files.readString(output));
      }
      Thread.sleep(50);
    }
    return tower;
  }

  private boolean answers() {
    if (overTls) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return socket.isConnected();
      } catch (IOException e) {
        return false;
      }
    }
    try {
      HttpURLConnection ping =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/ping").toURL().openConnection();
      return ping.getResponseCode() == 204;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the HOST:PORT of ID@HOST:PORT. */
  String address() {
    return "127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  PublicKey id() throws IOException {
    return new KeyFile(folder.resolve("regtest/teos_sk.der"), "the tower's key").load().publicKey();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join(); // until then its folder is locked
  }
}
