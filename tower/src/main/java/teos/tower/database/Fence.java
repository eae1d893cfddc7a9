package teos.tower.database;

import org.jdbi.v3.core.Handle;

/**
 * Refuses the writes of a process that has lost the {@link Lease}. Each write of a holder ends with
 * a look at the lease's row, which is locked until the commit: nobody takes the lease in between,
 * and what comes after somebody has is undone.
 *
 * <p>A process that has never held the lease, such as a front end, writes freely.
 */
final class Fence implements StorageEngine.CommitWork {

  private static final long NONE = 0;

  private volatile long epoch = NONE;

  /** Lets writes through for so long as the lease is of {@code held}, which is over 0. */
  void set(long held) {
    epoch = held;
  }

  @Override
  public void within(Handle handle) {
    long held = epoch;
    if (held != NONE && Lease.epoch(handle) != held) {
      throw Lease.lost();
    }
  }

  @Override
  public long committed() {
    return NONE;
  }

  /** Nothing: what a server has committed is on its disk. */
  @Override
  public void sync(long number) {}

  @Override
  public void tidy(Handle writing) {}

  @Override
  public void close() {}
}
