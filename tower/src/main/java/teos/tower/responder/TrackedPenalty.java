package teos.tower.responder;

import teos.tower.store.RawTransaction;
import teos.tower.store.Tracker;

/**
 * A penalty to broadcast, with its tracker.
 *
 * @param raw the penalty transaction
 */
record TrackedPenalty(Tracker tracker, RawTransaction raw) {

  /** Returns the penalty of {@code tracker}. */
  static TrackedPenalty of(Tracker tracker, byte[] penaltyTx) {
    return new TrackedPenalty(tracker, new RawTransaction(penaltyTx, tracker.penaltyTxid()));
  }

  /** Returns the size of the serialized transaction in bytes. */
  int length() {
    return raw.bytes().length;
  }
}
