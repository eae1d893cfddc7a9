package teos.tower.watcher;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import teos.tower.database.Database;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.OutboxDBM;
import teos.tower.store.OutboxDBM.OutboxEntry;

/** Drains the outbox in the database with which front ends forward appointments to this process. */
final class ForwardedAppointments {

  private static final int BATCH_SIZE = 500;

  /** Batches in one call: with front ends whose clocks differ, draining might not end otherwise. */
  private static final int MAX_BATCHES = 200;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final RecentDisputes recent;
  private final OutboxDBM arrivals = new OutboxDBM();
  private final ReentrantLock lock = new ReentrantLock();

  ForwardedAppointments(Database database, AppointmentsDBM appointments, RecentDisputes recent) {
    this.database = database;
    this.appointments = appointments;
    this.recent = recent;
  }

  /**
   * Processes all appointments that were in the outbox when this was called, and checks recent
   * transactions for their disputes. Later ones are left for the next call, because they must not
   * delay a block.
   */
  void drain() {
    if (!database.isShared()) {
      return;
    }
    lock.lock();
    try {
      Optional<byte[]> last = database.read(arrivals::lastId);
      boolean hasMore = last.isPresent();
      for (int i = 0; hasMore && i < MAX_BATCHES; i++) {
        List<OutboxEntry> arrived =
            database.read(handle -> arrivals.entriesUpTo(handle, last.orElseThrow(), BATCH_SIZE));
        process(arrived);
        hasMore = arrived.size() == BATCH_SIZE;
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds the locators before checking recent transactions, as for this process's own appointments:
   * the next block finds them, and the check finds the disputes of blocks before.
   */
  private void process(List<OutboxEntry> arrived) {
    if (arrived.isEmpty()) {
      return;
    }
    List<AppointmentKey> keys = arrived.stream().map(OutboxEntry::key).toList();
    appointments.addToFilter(keys);
    recent.checkLater(keys.stream().map(AppointmentKey::locator).toList());
    database.execute(
        handle -> {
          arrivals.delete(handle, arrived);
        });
  }
}
