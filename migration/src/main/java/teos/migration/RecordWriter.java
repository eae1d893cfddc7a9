package teos.migration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BlockId;
import teos.tower.database.Database;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.CapacityDBM;
import teos.tower.store.NewTracker;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Writes another tower's records to the database of this one, in transactions of up to {@value
 * #BATCH_RECORDS} records. Writing a record twice has the same result as writing it once, so that
 * an interrupted import can be repeated.
 */
final class RecordWriter {

  private static final int BATCH_RECORDS = 500;

  /** Limits the heap that a batch uses: a blob can have 400 kB. */
  private static final int BATCH_BYTES = 4_000_000;

  private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);

  private final UsersDBM users = new UsersDBM();
  private final TrackersDBM trackers = new TrackersDBM();
  private final Database database;
  private final AppointmentsDBM appointments;
  private final long total;
  private final BlockId lastBlock;
  private final boolean resumed;
  private final Consumer<String> progress;
  private final CancellationToken cancellation;
  private final List<Consumer<Handle>> batch = new ArrayList<>();
  private int batchBytes;
  private long written;
  private long lastProgressNanos = System.nanoTime();

  /**
   * @param total number of records to import, for progress messages
   * @param lastBlock the last block that the other tower has processed
   * @param resumed whether an interrupted import is repeated, which may have stored some records
   */
  RecordWriter(
      Database database,
      AppointmentsDBM appointments,
      long total,
      BlockId lastBlock,
      boolean resumed,
      Consumer<String> progress,
      CancellationToken cancellation) {
    this.database = database;
    this.appointments = appointments;
    this.total = total;
    this.lastBlock = lastBlock;
    this.resumed = resumed;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /** Adds a user or an appointment to the batch, and writes the batch when it is full. */
  void write(SourceRecord read) throws MigrationException {
    switch (read) {
      case SourceRecord.User user -> {
        UserRecord record = record(user);
        batch.add(handle -> users.store(handle, record));
      }
      case SourceRecord.Appointment appointment -> {
        batchBytes += appointment.stored().appointment().encryptedBlob().length;
        batch.add(handle -> store(handle, appointment.stored()));
      }
      case SourceRecord.Tracker tracker -> {} // see writeTrackers
      case SourceRecord.Unrecognized record ->
          throw new IllegalStateException("the copy has changed: " + record);
    }
    if (batch.size() >= BATCH_RECORDS || batchBytes >= BATCH_BYTES) {
      flush();
    }
  }

  /**
   * Converts a user. Without a subscription start (python-teos does not store it), the last block
   * replaces it: the lowest height at which the subscription certainly existed.
   */
  private UserRecord record(SourceRecord.User user) {
    return new UserRecord(
        user.id(),
        user.dialect(),
        user.availableSlots(),
        user.subscriptionStart().orElse(Math.min(lastBlock.height(), user.subscriptionExpiry())),
        user.subscriptionExpiry());
  }

  private void store(Handle handle, StoredAppointment stored) {
    boolean exists =
        resumed
            && appointments
                .loadAppointment(handle, stored.appointment().locator(), stored.user())
                .filter(stored::equals)
                .isPresent();
    if (!exists) {
      appointments.storeAppointment(handle, stored);
    }
  }

  /** Writes the rest of the batch. */
  void flush() throws MigrationException {
    cancellation.check();
    database.execute(
        handle -> {
          batch.forEach(each -> each.accept(handle));
        });
    written += batch.size();
    if (System.nanoTime() - lastProgressNanos > PROGRESS_INTERVAL.toNanos()) {
      lastProgressNanos = System.nanoTime();
      progress.accept("imported: %,d of %,d records".formatted(written, total));
    }
    batch.clear();
    batchBytes = 0;
  }

  /** Writes the trackers, then recounts the used capacity. */
  void writeTrackers(List<NewTracker> found) throws MigrationException {
    for (int from = 0; from < found.size(); from += BATCH_RECORDS) {
      cancellation.check();
      List<NewTracker> part = found.subList(from, Math.min(found.size(), from + BATCH_RECORDS));
      database.execute(
          handle -> {
            // Left by an interrupted import.
            trackers.deleteAppointments(handle, part.stream().map(NewTracker::tracker).toList());
            trackers.store(handle, part);
          });
    }
    database.execute(
        handle -> {
          new CapacityDBM().recount(handle);
        });
    progress.accept("imported: %,d of %,d records".formatted(total, total));
  }
}
