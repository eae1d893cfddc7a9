package teos.dist.training;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import teos.dist.FileTree;
import teos.dist.Image;
import teos.dist.Program;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.TowerUser;

/**
 * Has each program of an image write down what it has loaded and linked in a run, for its later ones
 * to begin with: the JVM's AOT cache.
 */
public final class Training {

  private static final byte[] PENALTY = new byte[330];

  private final Image image;
  private final Path folder;

  private Training(Image image, Path folder) {
    this.image = image;
    this.folder = folder;
  }

  /**
   * Trains all programs.
   *
   * @throws IOException if one of them fails, with what it said
   */
  public static void run(Image image) throws Exception {
    Path folder = Files.createTempDirectory("teos-training-");
    try (TrainingNode node = TrainingNode.start()) {
      new Training(image, folder).run(node);
    } finally {
      FileTree.delete(folder);
    }
  }

  private void run(TrainingNode node) throws Exception {
    Path cookie = Files.writeString(folder.resolve("cookie"), "__cookie__:any");
    Path data = folder.resolve("tower");
    int apiPort = freePort();
    int rpcPort = freePort();
    try (TrainedProcess tower =
        start(
            Program.TEOSD,
            "--datadir=" + data,
            "--btcnetwork=regtest",
            "--btcrpcport=" + node.port(),
            "--btcrpccookie=" + cookie,
            "--btcfeedport=0",
            "--apiport=" + apiPort,
            "--rpcport=" + rpcPort,
            "--internalapiport=" + freePort())) {
      tower.awaitListening(apiPort);
      useApi(apiPort);
      finish(start(Program.TEOS_CLI, "--datadir=" + data, "--rpcport=" + rpcPort, "get_tower_info"));
      tower.terminate();
      finish(tower);
    }
  }

  private static void useApi(int port) throws Exception {
    byte[] txid = new byte[Txid.LENGTH];
    for (Dialect dialect : Dialect.values()) {
      TowerUser user =
          new TowerUser(
              URI.create("http://127.0.0.1:" + port),
              dialect,
              SecretKey.generate(new SecureRandom()));
      user.register();
      user.sendForReceipt(user.appointment(Txid.ofInternal(txid), PENALTY));
      user.subscription();
    }
  }

  private TrainedProcess start(Program program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(image.launcher(program).toString()));
    command.addAll(List.of(arguments));
    return TrainedProcess.start(
        command, image.aotCache(program), folder.resolve(program.command() + ".out"));
  }

  private static void finish(TrainedProcess process) throws Exception {
    try (process) {
      process.awaitEnd();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
