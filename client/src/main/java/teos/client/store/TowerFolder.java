package teos.client.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import teos.client.evidence.Proof;
import teos.client.evidence.Receipt;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.client.wire.TowerError;
import teos.common.DurableFile;
import teos.protocol.Locator;

/**
 * All that is kept about one tower, in {@code towers/<tower id>/}. A change of what others change
 * too holds {@code lock}; who sends holds {@code sending.lock}, and is the only one that takes
 * anything out of the queue.
 */
public final class TowerFolder {

  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(30);
  private static final String SUFFIX = ".json";
  private static final String TEMPORARY = ".new";
  private static final int ORDER_DIGITS = 19;
  static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Path folder;
  private final Path queue;

  TowerFolder(Path folder) {
    this.folder = folder;
    this.queue = folder.resolve("queue");
  }

  private interface Change<T> {
    T make() throws IOException;
  }

  private <T> T withLock(Change<T> change) throws IOException {
    Files.createDirectories(queue);
    LockHandle turn =
        FileLocks.acquire(folder.resolve("lock"), LOCK_TIMEOUT)
            .orElseThrow(() -> new IOException(folder.resolve("lock") + " is held by another"));
    try {
      return change.make();
    } finally {
      turn.release();
    }
  }

  /** The right to send to this tower; empty if another has it for so long. */
  public Optional<LockHandle> acquireSendLock(Duration patience) throws IOException {
    Files.createDirectories(queue);
    return FileLocks.acquire(folder.resolve("sending.lock"), patience);
  }

  /** The tower, if the user has registered with it. */
  public Optional<KnownTower> tower() throws IOException {
    return read(folder.resolve("tower.json"), KnownTower::parse);
  }

  /** Writes the tower. */
  public void save(KnownTower tower) throws IOException {
    withLock(() -> write(folder.resolve("tower.json"), tower.json()));
  }

  /** Changes the tower as it is then; the answer is what it is now. */
  public KnownTower update(UnaryOperator<KnownTower> change) throws IOException {
    return withLock(
        () -> {
          KnownTower before =
              tower().orElseThrow(() -> new NoSuchFileException(folder + "/tower.json"));
          KnownTower after = change.apply(before);
          if (!after.equals(before)) {
            write(folder.resolve("tower.json"), after.json());
          }
          return after;
        });
  }

  /**
   * Moves the folder, with all that is in it; from then on the tower is unknown.
   *
   * @param evenIfWaiting also if there is something in the queue
   * @throws IllegalStateException if there is, and it may not
   */
  void move(Path target, boolean evenIfWaiting) throws IOException {
    withLock(
        () -> {
          int waiting = queuedNames().size();
          if (waiting > 0 && !evenIfWaiting) {
            throw new IllegalStateException(
                (waiting == 1 ? "an appointment waits" : waiting + " appointments wait")
                    + " to be sent to this tower");
          }
          return Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        });
  }

  /** Puts an appointment at the end of the queue, for good once this returns. */
  public QueueEntry enqueue(ReceiptParties parties, SignedAppointment sent, Instant now)
      throws IOException {
    return withLock(
        () -> {
          if (!Files.exists(folder.resolve("tower.json"))) { // it has been removed meanwhile
            throw new NoSuchFileException(folder + "/tower.json");
          }
          deleteTemporaryFiles();
          List<String> names = queuedNames();
          // From the clock, so that no name comes again; whatever the clock does, at the end.
          long clock = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
          long order = names.isEmpty() ? clock : Math.max(clock, order(names.getLast()) + 1);
          String name =
              String.format(
                  Locale.ROOT,
                  "%0" + ORDER_DIGITS + "d-%s%s",
                  order,
                  sent.appointment().locator().toHex(),
                  SUFFIX);
          QueueEntry queued = new QueueEntry(name, parties, sent, now);
          write(queue.resolve(name), queued.json());
          return queued;
        });
  }

  /** Half-written files of a process that was killed; whoever writes here holds the lock. */
  private void deleteTemporaryFiles() throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(queue, ".*" + TEMPORARY)) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static long order(String name) {
    return Long.parseLong(name.substring(0, ORDER_DIGITS));
  }

  /** The names of what waits, in order. */
  public List<String> queuedNames() throws IOException {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(queue)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(queue)) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          if (name.matches("\\d{19}-[0-9a-f]{32}\\.json")) {
            names.add(name);
          }
        }
      }
    }
    Collections.sort(names);
    return names;
  }

  /** What waits under {@code name}; empty if it does not any more. */
  public Optional<QueueEntry> queued(String name) throws IOException {
    return read(queue.resolve(name), text -> QueueEntry.parse(name, text));
  }

  /** All that waits for {@code locator}, in order. */
  public List<QueueEntry> queued(Locator locator) throws IOException {
    List<QueueEntry> found = new ArrayList<>();
    for (String name : queuedNames()) {
      if (name.endsWith("-" + locator.toHex() + SUFFIX)) {
        queued(name).ifPresent(found::add);
      }
    }
    return found;
  }

  /** Keeps the receipt, and then takes the appointment out of the queue. */
  public void accept(QueueEntry queued, Receipt receipt) throws IOException {
    save(receipt);
    DurableFile.delete(queue.resolve(queued.name()));
  }

  /** Writes a receipt, in the place of the one for the same locator. */
  public void save(Receipt receipt) throws IOException {
    Path file = receiptFile(receipt.signedReceipt().signedAppointment().appointment().locator());
    Files.createDirectories(file.getParent());
    write(file, receipt.json());
  }

  /** Notes what the tower says of the appointment, if this receipt is still its last. */
  public void recordStatus(Receipt receipt, String status) throws IOException {
    withLock(
        () -> {
          Optional<Receipt> now =
              receipt(receipt.signedReceipt().signedAppointment().appointment().locator());
          if (now.isPresent()
              && now.get().signedReceipt().equals(receipt.signedReceipt())
              && !now.get().lastStatus().equals(Optional.of(status))) {
            save(now.get().withStatus(status));
          }
          return now;
        });
  }

  /** The newest receipt for {@code locator}. */
  public Optional<Receipt> receipt(Locator locator) throws IOException {
    return read(receiptFile(locator), Receipt::parse);
  }

  /** Where the receipt for {@code locator} is, or would be. */
  public Path receiptFile(Locator locator) {
    String name = locator.toHex();
    return folder.resolve("receipts").resolve(name.substring(0, 2)).resolve(name + SUFFIX);
  }

  /** The locators of all receipts. */
  public Set<Locator> receiptLocators() throws IOException {
    Set<Locator> locators = new HashSet<>();
    Path receipts = folder.resolve("receipts");
    if (Files.isDirectory(receipts)) {
      try (DirectoryStream<Path> parts = Files.newDirectoryStream(receipts)) {
        for (Path part : parts) {
          try (DirectoryStream<Path> files = Files.newDirectoryStream(part)) {
            for (Path file : files) {
              String name = file.getFileName().toString();
              if (name.matches("[0-9a-f]{32}\\.json")) {
                locators.add(Locator.fromHex(name.substring(0, 2 * Locator.LENGTH)));
              }
            }
          }
        }
      }
    }
    return locators;
  }

  /** Keeps what the tower refused for good, with why, and then takes it out of the queue. */
  public Path reject(QueueEntry queued, TowerError why, Instant now) throws IOException {
    Path rejected = Files.createDirectories(folder.resolve("rejected"));
    Path file = rejected.resolve(TIMESTAMP.format(now) + "-" + queued.name());
    ObjectNode json = queued.json();
    json.put("format", "teos-rejected/1").put("reason", why.text());
    why.code().ifPresent(code -> json.put("error_code", code));
    write(file, json.put("http_status", why.status()).put("rejected_at", now.toString()));
    DurableFile.delete(queue.resolve(queued.name()));
    return file;
  }

  /** Where the appointment is that was refused for good and had this name in the queue. */
  public Optional<Path> rejectedFile(String name) throws IOException {
    Path rejected = folder.resolve("rejected");
    if (Files.isDirectory(rejected)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(rejected, "[0-9]*-" + name)) {
        for (Path file : files) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  /** Why it was refused. */
  public TowerError rejectionError(Path rejected) throws IOException {
    return read(
            rejected,
            text -> {
              JsonFields json = new JsonFields(JsonText.parse(text));
              return new TowerError(
                  TowerError.Kind.PERMANENT,
                  (int) json.u32("http_status"),
                  json.integer("error_code"),
                  json.text("reason"),
                  Optional.empty());
            })
        .orElseThrow(() -> new NoSuchFileException(rejected.toString()));
  }

  /** How many were refused for good. */
  public int rejectedCount() throws IOException {
    Path rejected = folder.resolve("rejected");
    int count = 0;
    if (Files.isDirectory(rejected)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(rejected, "*" + SUFFIX)) {
        for (Path file : files) {
          count += file.getFileName().toString().startsWith(".") ? 0 : 1;
        }
      }
    }
    return count;
  }

  /** Keeps a proof; the answer is its file. */
  public Path save(Proof proof) throws IOException {
    Path proofs = Files.createDirectories(folder.resolve("proofs"));
    String about =
        proof
            .signedReceipt()
            .map(promise -> promise.signedAppointment().appointment().locator().toHex())
            .orElse("registration");
    Path file =
        proofs.resolve(
            proof.kind().fileText() + "-" + about + "-" + TIMESTAMP.format(Instant.now()) + SUFFIX);
    write(file, proof.json());
    return file;
  }

  /** Where proofs are. */
  public Path proofFile(String name) {
    return folder.resolve("proofs").resolve(name);
  }

  private static Path write(Path file, ObjectNode json) throws IOException {
    DurableFile.write(file, JsonText.fileBytes(json), DurableFile.Access.OWNER);
    return file;
  }

  private interface Parser<T> {
    T parse(String text) throws MalformedException;
  }

  private static <T> Optional<T> read(Path file, Parser<T> parser) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(parser.parse(text));
    } catch (MalformedException e) {
      throw new IOException(file + " is not as this program writes it: " + e.getMessage(), e);
    }
  }
}
