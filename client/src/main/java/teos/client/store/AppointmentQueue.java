package teos.client.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.wire.TowerError;
import teos.common.DurableFile;
import teos.protocol.Locator;

/**
 * Appointments that the tower has not accepted yet, one file each in {@code queue/}, and those that
 * it has rejected permanently, in {@code rejected/}. Only the holder of the send lock changes or
 * removes entries.
 */
public final class AppointmentQueue {

  private static final String TEMPORARY_SUFFIX = ".new";
  private static final int SEQUENCE_DIGITS = 19;

  private final Path towerFolder;
  private final Path queue;

  AppointmentQueue(Path towerFolder) {
    this.towerFolder = towerFolder;
    this.queue = towerFolder.resolve("queue");
  }

  /**
   * Appends an appointment. It is on disk when this returns.
   *
   * @param bundle the appointment for a tower that supports bundles
   * @throws NoSuchFileException if the tower has been removed
   */
  public QueueEntry enqueue(
      ReceiptParties parties,
      SignedAppointment appointment,
      Optional<SignedAppointment> bundle,
      Instant now)
      throws IOException {
    return FileLocks.withLock(
        towerFolder,
        () -> {
          Path tower = towerFolder.resolve(TowerFolder.TOWER_FILE);
          if (!Files.exists(tower)) {
            throw new NoSuchFileException(tower.toString());
          }
          createFolder(queue);
          deleteTemporaryFiles();
          QueueEntry entry =
              new QueueEntry(
                  nextName(appointment.appointment().locator()), parties, appointment, bundle, now);
          JsonFile.write(queue.resolve(entry.name()), entry.json());
          return entry;
        });
  }

  /**
   * Returns a name that sorts after all queued ones and is never used again: the clock in
   * microseconds, or one more than the last name if the clock has been set back.
   */
  private String nextName(Locator locator) throws IOException {
    List<String> names = names();
    long clock = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    long sequence =
        names.isEmpty() ? clock : Math.max(clock, sequence(names.get(names.size() - 1)) + 1);
    return String.format(
        Locale.ROOT, "%0" + SEQUENCE_DIGITS + "d-%s%s", sequence, locator.toHex(), JsonFile.SUFFIX);
  }

  private static long sequence(String name) {
    return Long.parseLong(name.substring(0, SEQUENCE_DIGITS));
  }

  /** Deletes files that a killed process left half-written. The caller holds the lock. */
  private void deleteTemporaryFiles() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(queue, ".*" + TEMPORARY_SUFFIX)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Returns the names of all entries, oldest first. */
  public List<String> names() throws IOException {
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

  /** Returns the locators of all entries, oldest first; one may occur several times. */
  public List<Locator> locators() throws IOException {
    return names().stream()
        .map(
            name ->
                Locator.fromHex(
                    name.substring(SEQUENCE_DIGITS + 1, SEQUENCE_DIGITS + 1 + 2 * Locator.LENGTH)))
        .toList();
  }

  /** Returns the number of entries. */
  public int size() throws IOException {
    return names().size();
  }

  /** Returns the entry with this name; empty if it has left the queue. */
  public Optional<QueueEntry> entry(String name) throws IOException {
    return JsonFile.read(queue.resolve(name), text -> QueueEntry.parse(name, text));
  }

  /** Returns all entries for {@code locator}, oldest first. */
  public List<QueueEntry> entries(Locator locator) throws IOException {
    List<QueueEntry> found = new ArrayList<>();
    for (String name : names()) {
      if (name.endsWith("-" + locator.toHex() + JsonFile.SUFFIX)) {
        entry(name).ifPresent(found::add);
      }
    }
    return found;
  }

  /** Creates a folder of the tower's, unless it exists, so that it survives a power failure. */
  private Path createFolder(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      Files.createDirectories(folder);
      DurableFile.sync(towerFolder);
    }
    return folder;
  }

  /** Replaces an entry with {@code chosen}, which is on disk when this returns. */
  public void replace(QueueEntry chosen) throws IOException {
    JsonFile.write(queue.resolve(chosen.name()), chosen.json());
  }

  /** Removes an entry. */
  void remove(QueueEntry entry) throws IOException {
    DurableFile.delete(queue.resolve(entry.name()));
  }

  /**
   * Moves an entry that the tower has rejected permanently to {@code rejected/}, with the reason.
   *
   * @return the new file
   */
  public Path reject(QueueEntry entry, TowerError error, Instant now) throws IOException {
    Path rejected = createFolder(rejectedFolder());
    Path file = rejected.resolve(TowerFolder.TIMESTAMP.format(now) + "-" + entry.name());
    ObjectNode json = entry.json();
    json.put("format", "teos-rejected/1").put("reason", error.text());
    error.code().ifPresent(code -> json.put("error_code", code));
    JsonFile.write(
        file, json.put("http_status", error.status()).put("rejected_at", now.toString()));
    remove(entry);
    return file;
  }

  /** Returns the file of the rejected appointment that had this name in the queue. */
  public Optional<Path> rejectedFile(String name) throws IOException {
    if (Files.isDirectory(rejectedFolder())) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(rejectedFolder(), "[0-9]*-" + name)) {
        for (Path file : files) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the error with which the tower rejected an appointment. */
  public TowerError rejectionError(Path rejectedFile) throws IOException {
    return JsonFile.read(
            rejectedFile,
            text -> {
              JsonFields json = new JsonFields(JsonText.parse(text));
              return new TowerError(
                  TowerError.Kind.PERMANENT,
                  (int) json.u32("http_status"),
                  json.integer("error_code"),
                  json.text("reason"),
                  Optional.empty());
            })
        .orElseThrow(() -> new NoSuchFileException(rejectedFile.toString()));
  }

  /** Returns the number of appointments that were rejected permanently. */
  public int rejectedCount() throws IOException {
    int count = 0;
    if (Files.isDirectory(rejectedFolder())) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(rejectedFolder(), "*" + JsonFile.SUFFIX)) {
        for (Path file : files) {
          count += file.getFileName().toString().startsWith(".") ? 0 : 1;
        }
      }
    }
    return count;
  }

  /** Receives appointments one by one, as all of them may be too large for the memory. */
  public interface Receiver {
    /** Receives the next one. */
    void accept(SignedAppointment appointment) throws IOException;
  }

  /** Passes on the appointments that were rejected permanently, in no particular order. */
  public void forEachRejected(Receiver receiver) throws IOException {
    if (Files.isDirectory(rejectedFolder())) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(rejectedFolder(), "[0-9]*" + JsonFile.SUFFIX)) {
        for (Path file : files) {
          Optional<SignedAppointment> rejected =
              JsonFile.read(
                  file, text -> SignedAppointment.readFrom(new JsonFields(JsonText.parse(text))));
          if (rejected.isPresent()) {
            receiver.accept(rejected.get());
          }
        }
      }
    }
  }

  private Path rejectedFolder() {
    return towerFolder.resolve("rejected");
  }
}
