package teos.teosd.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * Limit on the bytes of requests that have not arrived whole. If there are too many, the requests
 * that have been waiting longest for their next bytes are given up.
 */
final class BodyBudget {

  private final long maxBytes;
  private long bytes;

  /** By how long they have been waiting, longest first. */
  private final SequencedSet<Share> shares = new LinkedHashSet<>();

  BodyBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Begins a share without bytes.
   *
   * @param giveUp gives the request up, without blocking; may be called by any thread
   */
  Share open(Runnable giveUp) {
    return new Share(giveUp);
  }

  /** What one request has of the budget. */
  final class Share implements AutoCloseable {
    private final Runnable giveUp;
    private int held;

    private Share(Runnable giveUp) {
      this.giveUp = giveUp;
    }

    /** Says that the client has got on, and that the request takes {@code total} bytes now. */
    void grow(int total) {
      List<Share> givenUp = new ArrayList<>();
      synchronized (BodyBudget.this) {
        bytes += total - held;
        held = total;
        shares.addLast(this);
        while (bytes > maxBytes && shares.getFirst() != this) {
          givenUp.add(shares.removeFirst());
          bytes -= givenUp.getLast().held;
          givenUp.getLast().held = 0;
        }
      }
      givenUp.forEach(share -> share.giveUp.run());
    }

    /** Gives the bytes back. */
    @Override
    public void close() {
      synchronized (BodyBudget.this) {
        shares.remove(this);
        bytes -= held;
        held = 0;
      }
    }
  }
}
