package teos.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import teos.bitcoin.BitcoindException;

/**
 * The other tower's records as counted by a first pass, before anything is written: their numbers,
 * all trackers, and the lowest start block of an appointment.
 */
final class SourceInventory {

  private static final int MAX_REPORTED_RECORDS = 20;
  private static final int PROGRESS_RECORDS = 100_000;

  private long users;
  private long appointments;
  private long lowestStartBlock = Long.MAX_VALUE;
  private final List<SourceRecord.Tracker> trackers = new ArrayList<>();
  private final List<SourceRecord.Unrecognized> reported = new ArrayList<>();
  private long unrecognized;

  private SourceInventory() {}

  /**
   * Reads all records of a tower.
   *
   * @param name of the tower, for messages
   * @throws MigrationException if a record is not recognized, or if the import is cancelled
   */
  static SourceInventory read(
      SourceTower source, String name, Consumer<String> progress, CancellationToken cancellation)
      throws MigrationException, BitcoindException {
    SourceInventory inventory = new SourceInventory();
    source.read(
        read -> {
          inventory.add(read);
          if (inventory.records() % PROGRESS_RECORDS == 0) {
            cancellation.check();
            progress.accept("read: %,d records".formatted(inventory.records()));
          }
        });
    progress.accept(
        "read: users=%,d appointments=%,d trackers=%,d"
            .formatted(inventory.users, inventory.appointments, inventory.trackers.size()));
    inventory.requireAllRecognized(name);
    return inventory;
  }

  private void add(SourceRecord read) {
    switch (read) {
      case SourceRecord.User user -> users++;
      case SourceRecord.Appointment appointment -> {
        appointments++;
        lowestStartBlock = Math.min(lowestStartBlock, appointment.stored().startBlock());
      }
      case SourceRecord.Tracker tracker -> trackers.add(tracker);
      case SourceRecord.Unrecognized record -> {
        unrecognized++;
        if (reported.size() < MAX_REPORTED_RECORDS) {
          reported.add(record);
        }
      }
    }
  }

  private void requireAllRecognized(String name) throws MigrationException {
    if (unrecognized == 0) {
      return;
    }
    StringBuilder message = new StringBuilder();
    message.append(
        "%,d records of %s are not recognized; nothing has been imported:"
            .formatted(unrecognized, name));
    for (SourceRecord.Unrecognized record : reported) {
      message.append("\n  ").append(record.key()).append(": ").append(record.reason());
    }
    if (unrecognized > reported.size()) {
      message.append("\n  …");
    }
    throw new MigrationException(MigrationException.Kind.SOURCE, message.toString());
  }

  long users() {
    return users;
  }

  long appointments() {
    return appointments;
  }

  List<SourceRecord.Tracker> trackers() {
    return trackers;
  }

  /** Returns the lowest start block of an appointment; {@code Long.MAX_VALUE} without one. */
  long lowestStartBlock() {
    return lowestStartBlock;
  }

  /** Returns the number of users, appointments and trackers together. */
  long records() {
    return users + appointments + trackers.size();
  }
}
