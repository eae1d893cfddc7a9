package teos.tower.inventory;

import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;

/** An appointment of any user's, as the operator sees it. */
public sealed interface Entry {

  /** Its dispute has not been seen. */
  record Watched(StoredAppointment stored) implements Entry {
    @Override
    public Cursor cursor() {
      return new Cursor(Cursor.Part.WATCHED, stored.key());
    }
  }

  /**
   * Its dispute is being answered.
   *
   * @param penaltyTx the penalty transaction, raw
   */
  record Responded(Tracker tracker, byte[] penaltyTx) implements Entry {
    @Override
    public Cursor cursor() {
      return new Cursor(Cursor.Part.RESPONDED, tracker.key());
    }
  }

  /** Where a walk goes on that has come as far as this entry. */
  Cursor cursor();
}
