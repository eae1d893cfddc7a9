package teos.tower.responder;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BlockId;
import teos.tower.store.AppointmentsDBM;

/**
 * Which blocks the whole tower has processed. It is stored in the transaction with the last of what
 * they changed; blocks that change nothing are stored together.
 *
 * <p>Changed by the responder's thread only; whether a block is processed may be asked in any.
 */
final class ChainProgress {

  /** Blocks that are stored in one transaction. */
  private static final int BATCH_SIZE = 500;

  private final AppointmentsDBM appointments;

  /** Blocks processed that are not stored yet. */
  private final List<BlockId> unstored = new CopyOnWriteArrayList<>();

  ChainProgress(AppointmentsDBM appointments) {
    this.appointments = appointments;
  }

  /** Begins with a block; it may be the same one as before, after a failure. */
  void begin(BlockId block) {
    if (unstored.isEmpty() || !unstored.getLast().equals(block)) {
      unstored.add(block);
    }
  }

  /** Whether blocks that change nothing need not be stored yet. */
  boolean canWait() {
    return unstored.size() < BATCH_SIZE;
  }

  /** Takes back a block that has left the chain. */
  void takeBack(BlockId block, BlockId parent) {
    if (!unstored.isEmpty() && unstored.getLast().equals(block)) {
      unstored.removeLast();
    }
    if (unstored.isEmpty()) {
      unstored.add(parent);
    }
  }

  /** Stores the blocks, as a part of the caller's transaction. */
  void store(Handle handle) {
    appointments.storeKnownBlocks(handle, List.copyOf(unstored));
  }

  /** To be called when that transaction has been committed. */
  void stored() {
    unstored.clear();
  }

  /**
   * Whether {@code block} is one of the chain that the tower has followed, and is going to be told
   * if it leaves that.
   */
  boolean isProcessed(Handle handle, BlockId block) {
    return unstored.contains(block) || appointments.hasDealtWith(handle, block);
  }
}
