package teos.moving;

import teos.tower.store.AppointmentKey;
import teos.tower.store.Tracker;

/**
 * Tracker that is taken over from another tower.
 *
 * @param disputeTx the dispute, raw
 * @param penaltyTx the penalty, raw
 */
record FoundTracker(Tracker tracker, byte[] disputeTx, byte[] penaltyTx) {

  AppointmentKey key() {
    return tracker.key();
  }
}
