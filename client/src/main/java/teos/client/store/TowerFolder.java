package teos.client.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import teos.client.evidence.Proof;
import teos.client.evidence.Receipt;

/**
 * The files of one tower, in {@code towers/<tower id>/}. Two lock files protect them: {@code lock}
 * is held for each change of shared files, {@code sending.lock} while the queue is sent.
 */
public final class TowerFolder {

  static final String TOWER_FILE = "tower.json";
  static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Path folder;
  private final AppointmentQueue queue;
  private final ReceiptStore receipts;

  TowerFolder(Path folder) {
    this.folder = folder;
    this.queue = new AppointmentQueue(folder);
    this.receipts = new ReceiptStore(folder);
  }

  /** Returns the appointments that the tower has not accepted. */
  public AppointmentQueue queue() {
    return queue;
  }

  /** Returns the receipts that the tower has signed. */
  public ReceiptStore receipts() {
    return receipts;
  }

  /** Acquires the lock for sending; empty if another sender holds it for {@code timeout}. */
  public Optional<LockHandle> acquireSendLock(Duration timeout) throws IOException {
    Files.createDirectories(folder);
    return FileLocks.acquire(folder.resolve("sending.lock"), timeout);
  }

  /** Returns the tower; empty if the user has not registered with it. */
  public Optional<KnownTower> tower() throws IOException {
    return JsonFile.read(towerFile(), KnownTower::parse);
  }

  /** Saves the tower. */
  public void save(KnownTower tower) throws IOException {
    FileLocks.withLock(
        folder,
        () -> {
          JsonFile.write(towerFile(), tower.json());
          return tower;
        });
  }

  /**
   * Applies {@code change} to the saved tower, under the lock.
   *
   * @return the tower after the change
   * @throws NoSuchFileException if the user has not registered with it
   */
  public KnownTower update(UnaryOperator<KnownTower> change) throws IOException {
    return FileLocks.withLock(
        folder,
        () -> {
          KnownTower before =
              tower().orElseThrow(() -> new NoSuchFileException(towerFile().toString()));
          KnownTower after = change.apply(before);
          if (!after.equals(before)) {
            JsonFile.write(towerFile(), after.json());
          }
          return after;
        });
  }

  /**
   * Moves the whole folder to {@code target}, which makes the tower unknown.
   *
   * @param evenIfQueued whether to move it although appointments are queued
   * @throws IllegalStateException if appointments are queued and {@code evenIfQueued} is false
   */
  void move(Path target, boolean evenIfQueued) throws IOException {
    FileLocks.withLock(
        folder,
        () -> {
          int queued = queue.size();
          if (queued > 0 && !evenIfQueued) {
            throw new IllegalStateException(
                (queued == 1 ? "1 appointment is" : queued + " appointments are")
                    + " queued for this tower");
          }
          return Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        });
  }

  /** Saves the receipt, then removes the appointment from the queue. */
  public void accept(QueueEntry entry, Receipt receipt) throws IOException {
    receipts.save(receipt);
    queue.remove(entry);
  }

  /**
   * Saves a proof.
   *
   * @return its file
   */
  public Path save(Proof proof) throws IOException {
    Path proofs = Files.createDirectories(folder.resolve("proofs"));
    String subject =
        proof
            .signedReceipt()
            .map(receipt -> receipt.signedAppointment().appointment().locator().toHex())
            .orElse("registration");
    Path file =
        proofs.resolve(
            proof.kind().fileText()
                + "-"
                + subject
                + "-"
                + TIMESTAMP.format(Instant.now())
                + JsonFile.SUFFIX);
    JsonFile.write(file, proof.json());
    return file;
  }

  /** Returns the file of the proof with this name. */
  public Path proofFile(String name) {
    return folder.resolve("proofs").resolve(name);
  }

  private Path towerFile() {
    return folder.resolve(TOWER_FILE);
  }
}
