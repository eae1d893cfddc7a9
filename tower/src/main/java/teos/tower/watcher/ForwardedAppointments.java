package teos.tower.watcher;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import teos.tower.database.Database;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.ArrivalsDBM;
import teos.tower.store.ArrivalsDBM.Arrival;

/**
 * The appointments that front ends have taken: notes in the database, by which the process that
 * watches learns of them.
 */
final class ForwardedAppointments {

  private static final int AT_ONCE = 500;

  /** Looks at one call, should the clocks of front ends be so far apart that it does not end. */
  private static final int MAX_LOOKS = 200;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final RecentDisputes recent;
  private final ArrivalsDBM arrivals = new ArrivalsDBM();
  private final ReentrantLock lock = new ReentrantLock();

  ForwardedAppointments(Database database, AppointmentsDBM appointments, RecentDisputes recent) {
    this.database = database;
    this.appointments = appointments;
    this.recent = recent;
  }

  /**
   * Takes in all that front ends had noted when this was called, and has their disputes looked for
   * where they may be already. What comes meanwhile is left: it must not hold up a block for as
   * long as it comes.
   */
  void drain() {
    if (!database.isShared()) {
      return;
    }
    lock.lock();
    try {
      Optional<byte[]> last = database.read(arrivals::last);
      boolean more = last.isPresent();
      for (int i = 0; more && i < MAX_LOOKS; i++) {
        List<Arrival> arrived =
            database.read(handle -> arrivals.first(handle, last.orElseThrow(), AT_ONCE));
        hear(arrived);
        more = arrived.size() == AT_ONCE;
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The order is that of the one process, in which nothing falls between two sides: what has
   * arrived can be found by a block's locators before it is looked for among those of the blocks
   * before.
   */
  private void hear(List<Arrival> arrived) {
    if (arrived.isEmpty()) {
      return;
    }
    List<AppointmentKey> keys = arrived.stream().map(Arrival::key).toList();
    appointments.hear(keys);
    recent.checkLater(keys.stream().map(AppointmentKey::locator).toList());
    database.execute(
        handle -> {
          arrivals.delete(handle, arrived);
        });
  }
}
