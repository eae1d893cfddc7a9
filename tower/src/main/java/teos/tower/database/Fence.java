package teos.tower.database;

import org.jdbi.v3.core.Handle;

/**
 * Rejects writes of a process that has lost the {@link Lease}. Each write of a holder ends by
 * reading the lease's row with a lock until the commit: no other process can take the lease before
 * that commit, and writes after another process has taken it are rolled back.
 *
 * <p>Processes that have never held the lease, such as front ends, are not restricted.
 */
final class Fence implements StorageEngine.CommitWork {

  private static final long NONE = 0;

  private volatile long epoch = NONE;

  /** Accepts writes as long as the lease has the epoch {@code held}, which is greater than 0. */
  void setEpoch(long held) {
    epoch = held;
  }

  @Override
  public void beforeCommit(Handle handle) {
    long held = epoch;
    if (held != NONE && Lease.epoch(handle) != held) {
      throw Lease.lostException();
    }
  }

  @Override
  public long committed() {
    return NONE;
  }

  /** Does nothing: what a server has committed is on its disk. */
  @Override
  public void sync(long number) {}

  @Override
  public void afterSubmit(Handle writing) {}

  @Override
  public void close() {}
}
