package teos.tower.store;

import java.time.Instant;
import java.util.Locale;

/**
 * Something that became of a dispute or its penalty.
 *
 * @param at when the tower noticed
 * @param height of the last block that the tower had dealt with then
 * @param kind what it was
 * @param detail more about it, for people; may be empty
 */
public record TrackerEvent(Instant at, int height, Kind kind, String detail) {

  /** What happens to disputes and penalties. */
  public enum Kind {
    /** The dispute is in the mempool or in a block. */
    SEEN,
    /** bitcoind has taken the penalty. */
    SENT,
    /** bitcoind has not; the detail says why. */
    REFUSED,
    /** bitcoind's mempool has lost the penalty. */
    EVICTED,
    /** The penalty is in a block. */
    CONFIRMED,
    /** A transaction of somebody else's has taken the penalty's place in the chain. */
    BEATEN,
    /** A block with the dispute, the penalty or what beat it has left the chain. */
    REORGED,
    /** The dispute is in no block and in no mempool. */
    DISPUTE_GONE,
    /** The penalty is deep enough in the chain, its slots are given back. */
    COMPLETE;

    /** As it is shown and stored, such as {@code dispute_gone}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Kind of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }
}
