package teos.teosd.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * Limit on the total bytes of incomplete requests. Over the limit, the requests that have waited
 * longest for their next bytes are aborted.
 */
final class BodyBudget {

  private final long maxBytes;
  private long bytes;

  /** Open shares, longest waiting first. */
  private final SequencedSet<Share> shares = new LinkedHashSet<>();

  BodyBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Opens a share without bytes.
   *
   * @param abort aborts the request without blocking; may be called by any thread
   */
  Share open(Runnable abort) {
    return new Share(abort);
  }

  /** Bytes of the budget that one request occupies. */
  final class Share implements AutoCloseable {
    private final Runnable abort;
    private int held;

    private Share(Runnable abort) {
      this.abort = abort;
    }

    /** Records that bytes have arrived and that the request now occupies {@code total} bytes. */
    void grow(int total) {
      List<Share> aborted = new ArrayList<>();
      synchronized (BodyBudget.this) {
        bytes += total - held;
        held = total;
        shares.addLast(this);
        while (bytes > maxBytes && shares.getFirst() != this) {
          aborted.add(shares.removeFirst());
          bytes -= aborted.getLast().held;
          aborted.getLast().held = 0;
        }
      }
      aborted.forEach(share -> share.abort.run());
    }

    /** Returns the bytes to the budget. */
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
