package teos.dist.training;

import fr.acinq.bitcoin.Block;
import fr.acinq.bitcoin.Transaction;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import teos.common.Folders;
import teos.dist.Image;
import teos.dist.Program;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.FreePort;
import teos.testkit.TowerUser;

/**
 * Training of all programs of an image: one run of each, in which the JVM writes an AOT cache with
 * the classes that the program has loaded and linked. Later starts read it and are faster.
 */
public final class Training {

  private final Image image;
  private final Path folder;

  private Training(Image image, Path folder) {
    this.image = image;
    this.folder = folder;
  }

  /**
   * Trains all programs.
   *
   * @throws IOException if one of them fails; the message contains its output
   */
  public static void run(Image image) throws Exception {
    Path folder = Files.createTempDirectory("teos-training-");
    try (TrainingNode node = TrainingNode.start()) {
      new Training(image, folder).run(node);
    } finally {
      Folders.delete(folder);
    }
  }

  private void run(TrainingNode node) throws Exception {
    Path cookie = Files.writeString(folder.resolve("cookie"), "__cookie__:any");
    Path data = folder.resolve("tower");
    int apiPort = FreePort.find();
    int rpcPort = FreePort.find();
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
            "--internalapiport=" + FreePort.find())) {
      tower.awaitListening(apiPort);
      PublicKey towerId = useApi(apiPort, Dialect.V1);
      useApi(apiPort, Dialect.V2);
      awaitExit(
          start(Program.TEOS_CLI, "--datadir=" + data, "--rpcport=" + rpcPort, "get_tower_info"));
      useClient(towerId + "@127.0.0.1:" + apiPort);
      tower.terminate();
      awaitExit(tower);
    }
  }

  private static PublicKey useApi(int port, Dialect dialect) throws Exception {
    URI api = URI.create("http://127.0.0.1:" + port);
    TowerUser user = new TowerUser(api, dialect, SecretKey.generate(new SecureRandom()));
    user.register();
    Txid dispute = Txid.ofInternal(new byte[Txid.LENGTH]);
    TowerUser.Receipt receipt = user.sendForReceipt(user.appointment(dispute, transaction()));
    user.subscription();
    return receipt.signedBy();
  }

  /** Runs add_appointment, which uses most of the code that the other commands use. */
  private void useClient(String tower) throws Exception {
    String data = "--datadir=" + folder.resolve("user");
    awaitExit(run(Program.TEOS_CLIENT, null, data, "register", tower));
    String appointment =
        "{\"tx\": \"%s\", \"tx_id\": \"%s\", \"to_self_delay\": 144}"
            .formatted(HexFormat.of().formatHex(transaction()), "00".repeat(Txid.LENGTH));
    awaitExit(start(Program.TEOS_CLIENT, data, "add_appointment", appointment));
  }

  /** Returns a well-formed transaction; which one does not matter, because no breach follows. */
  private static byte[] transaction() {
    return Transaction.write(Block.RegtestGenesisBlock.tx.getFirst());
  }

  private TrainedProcess start(Program program, String... arguments) throws IOException {
    return run(program, image.aotCache(program), arguments);
  }

  private TrainedProcess run(Program program, @Nullable Path aotCache, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(image.launcher(program).toString()));
    command.addAll(List.of(arguments));
    return TrainedProcess.start(command, aotCache, folder.resolve(program.command() + ".out"));
  }

  private static void awaitExit(TrainedProcess process) throws Exception {
    try (process) {
      process.awaitExit();
    }
  }
}
