package teos.tower.responder;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BlockId;
import teos.tower.store.KnownBlocksDBM;

/**
 * Blocks that the whole tower has processed. A block is stored in the same transaction as the last
 * of its changes; blocks without changes are stored in batches.
 *
 * <p>Changed by the responder's thread only; any thread may ask whether a block is processed.
 */
final class ChainProgress {

  /** Blocks stored in one transaction. */
  private static final int BATCH_SIZE = 500;

  private final KnownBlocksDBM knownBlocks = new KnownBlocksDBM();

  /** Processed blocks that are not stored yet. */
  private final List<BlockId> pending = new CopyOnWriteArrayList<>();

  /** Adds a block; after a failure, it may be the same one as before. */
  void add(BlockId block) {
    if (pending.isEmpty() || !pending.getLast().equals(block)) {
      pending.add(block);
    }
  }

  /** Returns whether storing blocks without changes can wait. */
  boolean canDefer() {
    return pending.size() < BATCH_SIZE;
  }

  /** Removes a block that has left the chain; {@code parent} is the last processed one then. */
  void remove(BlockId block, BlockId parent) {
    if (!pending.isEmpty() && pending.getLast().equals(block)) {
      pending.removeLast();
    }
    if (pending.isEmpty()) {
      pending.add(parent);
    }
  }

  /** Stores the blocks as a part of the caller's transaction. */
  void store(Handle handle) {
    knownBlocks.store(handle, List.copyOf(pending));
  }

  /** Forgets the pending blocks, after the transaction of {@link #store} has been committed. */
  void markStored() {
    pending.clear();
  }

  /**
   * Returns whether {@code block} is in the chain that the tower follows, so that a reorg will
   * disconnect it.
   */
  boolean isProcessed(Handle handle, BlockId block) {
    return pending.contains(block) || knownBlocks.hasProcessed(handle, block);
  }
}
