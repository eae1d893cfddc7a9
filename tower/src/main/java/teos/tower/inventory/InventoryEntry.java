package teos.tower.inventory;

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
   * @param tracker the tracker
   * @param penaltyTx raw penalty transaction
   */
  record Responded(Tracker tracker, byte[] penaltyTx) implements InventoryEntry {
    @Override
    public Cursor cursor() {
      return new Cursor(Cursor.Section.RESPONDED, tracker.key());
    }
  }

  /** Returns the position after this entry. */
  Cursor cursor();
}
