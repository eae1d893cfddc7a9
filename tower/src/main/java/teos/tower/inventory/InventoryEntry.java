package teos.tower.inventory;

import java.util.List;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;

/** Appointment of any user, as the operator sees it. */
public sealed interface InventoryEntry {

  /**
   * Appointment whose dispute has not been seen.
   *
   * @param stored the appointment
   */
  record Watched(StoredAppointment stored) implements InventoryEntry {
    @Override
    public Cursor cursor() {
      return new Cursor(Cursor.Section.WATCHED, stored.key());
    }
  }

  /**
   * Appointment with a tracker: the tower is responding to its dispute.
   *
   * @param tracker the tracker that represents it
   * @param all all trackers of the appointment
   * @param penaltyTx raw penalty transaction of {@code tracker}
   */
  record Responded(Tracker tracker, List<Tracker> all, byte[] penaltyTx) implements InventoryEntry {
    @Override
    public Cursor cursor() {
      return new Cursor(Cursor.Section.RESPONDED, tracker.key());
    }
  }

  /** Returns the position after this entry. */
  Cursor cursor();
}
