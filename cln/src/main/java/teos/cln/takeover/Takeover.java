package teos.cln.takeover;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import teos.client.NotRegisteredException;
import teos.client.TowerClient;
import teos.client.evidence.ReceiptParties;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.client.store.KnownTower.RecordedMisbehaviour;
import teos.client.store.TowerFolder;
import teos.client.wire.TowerAddress;
import teos.cln.jsonrpc.Log;
import teos.cln.takeover.RustDatabase.SavedProof;
import teos.cln.takeover.RustDatabase.SavedTower;
import teos.common.DurableFile;
import teos.common.Folders;
import teos.common.KeyFile;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * Takes over the key, the towers, the receipts and the unsent appointments of rust-teos's plugin,
 * once. Its folder is only read. After an interruption, the next start completes the takeover.
 */
public final class Takeover {

  private static final String WRONG_SIGNATURE = "wrong_signature";

  private final Path rustFolder;
  private final Path ownFolder;
  private final TakenOverReceipts receipts;
  private final Log log;

  /**
   * @param rustFolder folder of rust-teos's plugin, which may not exist
   * @param ownFolder folder of this plugin
   */
  public Takeover(Path rustFolder, Path ownFolder, Log log) {
    this.rustFolder = rustFolder;
    this.ownFolder = ownFolder;
    this.receipts = new TakenOverReceipts(ownFolder);
    this.log = log;
  }

  /** Returns whether there is data that has not been taken over. */
  public boolean isDue() {
    return Files.exists(rustFolder.resolve(RustDatabase.FILE)) && !Files.exists(marker());
  }

  private Path marker() {
    return receipts.folder().resolve("taken-over.json");
  }

  /**
   * Takes over the data, unless the plugin already has another key.
   *
   * @param client of the plugin's folder
   * @throws IOException if the data cannot be read or written; the message names the folder
   */
  public void run(TowerClient client) throws IOException {
    if (Files.notExists(ownFolder)) {
      Files.createDirectories(ownFolder);
      Files.setPosixFilePermissions(ownFolder, PosixFilePermissions.fromString("rwx------"));
    }
    Path copy = receipts.folder().resolve("copy");
    Folders.delete(copy);
    Files.createDirectories(copy);
    try (RustDatabase database = RustDatabase.open(rustFolder, copy)) {
      Optional<SecretKey> key = database.key();
      if (key.isEmpty()) {
        return;
      }
      if (!takeKey(key.get())) {
        log.warn(
            "The data of rust-teos's plugin is not taken over, as this plugin has another key"
                + " folder="
                + rustFolder
                + " user_id="
                + key.get().publicKey());
        return;
      }
      int queued = 0;
      for (SavedTower tower : database.towers()) {
        queued += take(tower, database, client);
      }
      ObjectNode json = JsonText.newObject().put("from", rustFolder.toString());
      json.put("taken_over_at", now().toString());
      DurableFile.write(marker(), JsonText.fileBytes(json), DurableFile.Access.OWNER);
      log.info(
          "The data of rust-teos's plugin has been taken over folder="
              + rustFolder
              + " towers="
              + database.towers().size()
              + " queued="
              + queued);
    } catch (SQLException | IllegalArgumentException | NotRegisteredException e) {
      throw new IOException(
          "cannot take over the data of rust-teos's plugin in "
              + rustFolder
              + "; repair it, or set TOWERS_DATA_DIR to another folder to start without it: "
              + e.getMessage(),
          e);
    } finally {
      Folders.delete(copy);
    }
  }

  /** Saves the key; false if the plugin has another one. */
  private boolean takeKey(SecretKey key) throws IOException {
    KeyFile file = new KeyFile(ownFolder.resolve("user_sk.der"), "your key");
    if (file.exists()) {
      return file.load().publicKey().equals(key.publicKey());
    }
    file.store(key);
    return true;
  }

  /** Takes over a tower; returns the number of appointments that have been queued. */
  private int take(SavedTower tower, RustDatabase database, TowerClient client)
      throws IOException, SQLException, NotRegisteredException {
    Optional<SavedProof> proof = database.proof(tower.id());
    takeReceipts(tower.id(), database, proof);
    TowerFolder files = client.towerFolder(tower.id());
    if (files.tower().isEmpty()) {
      files.save(known(tower, client.userId(), proof));
    }
    Set<Locator> known = new HashSet<>(files.queue().locators());
    known.addAll(files.receipts().locators());
    int queued = 0;
    for (Appointment appointment : database.unaccepted(tower.id())) {
      if (known.add(appointment.locator())) {
        var _ = client.enqueue(tower.id(), appointment);
        queued++;
      }
    }
    return queued;
  }

  private KnownTower known(SavedTower tower, PublicKey user, Optional<SavedProof> proof) {
    ReceiptParties parties = new ReceiptParties(tower.id(), user, Dialect.V2);
    if (!tower.registration().signer(parties).equals(Optional.of(tower.id()))) {
      log.warn("A registration that is taken over has another signature tower=" + tower.id());
    }
    return new KnownTower(
        parties,
        TowerAddress.parse(tower.address(), TowerAddress.DEFAULT_PORT),
        tower.registration(),
        now(),
        tower.availableSlots(),
        tower.registration().subscriptionExpiry(),
        proof.map(
            found ->
                new RecordedMisbehaviour(
                    WRONG_SIGNATURE,
                    "rust-teos's plugin got a receipt signed by " + found.recoveredId(),
                    receipts.proofFile(tower.id()).getFileName().toString(),
                    now())),
        Optional.empty(),
        false);
  }

  private void takeReceipts(PublicKey tower, RustDatabase database, Optional<SavedProof> proof)
      throws IOException, SQLException {
    Path file = receipts.receiptFile(tower);
    Path temporary = receipts.folder().resolve("copy").resolve(file.getFileName());
    try (BufferedWriter writer = Files.newBufferedWriter(temporary)) {
      database.receipts(tower, line -> writer.write(line.text()));
    }
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    DurableFile.move(temporary, file);
    if (proof.isPresent()) {
      Locator locator = proof.get().locator();
      ObjectNode json = JsonText.newObject().put("locator", locator.toHex());
      Optional<TakenOverReceipts.Line> receipt = receipts.find(tower, locator);
      receipt.ifPresent(line -> json.set("appointment_receipt", line.json()));
      json.put("recovered_id", proof.get().recoveredId().toHex());
      DurableFile.write(
          receipts.proofFile(tower), JsonText.fileBytes(json), DurableFile.Access.OWNER);
    }
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}
