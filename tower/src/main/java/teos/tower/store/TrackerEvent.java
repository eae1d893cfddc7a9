package teos.tower.store;

import java.time.Instant;
import java.util.Arrays;

/**
 * Event in the history of a tracker.
 *
 * @param at when the tower noticed it
 * @param height height of the last block that the tower had processed then
 * @param kind kind of event
 * @param detail text for people; may be empty
 */
public record TrackerEvent(Instant at, int height, Kind kind, String detail) {

  /** Kind of event. */
  public enum Kind {
    /** The dispute is in the mempool or in a block. */
    SEEN("seen"),
    /** bitcoind has accepted the penalty. */
    SENT("sent"),
    /** bitcoind has rejected the penalty; the detail says why. */
    REFUSED("refused"),
    /** The penalty was evicted from bitcoind's mempool. */
    EVICTED("evicted"),
    /** The penalty is in a block. */
    CONFIRMED("confirmed"),
    /** A block has a conflicting spend of an output that the penalty was to spend. */
    OUTSPENT("beaten"),
    /** A block with the dispute, the penalty or the conflicting spend has left the chain. */
    REORGED("reorged"),
    /** The dispute is neither in a block nor in the mempool. */
    DISPUTE_MISSING("dispute_gone"),
    /** The penalty waits for a transaction other than the dispute. */
    AWAITING_PARENT("awaiting_parent"),
    /** The penalty or the conflicting spend is deep enough in the chain; the slots are returned. */
    COMPLETE("complete");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** Returns the word that is stored and shown, such as {@code dispute_gone}. */
    public String word() {
      return word;
    }

    static Kind of(String word) {
      return Arrays.stream(values())
          .filter(kind -> kind.word.equals(word))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("event " + word + " of a tracker"));
    }
  }
}
