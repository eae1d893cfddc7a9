package teos.bitcoin;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The most recent blocks of the chain that the tower has followed, without gaps. With them, the
 * last common ancestor after a reorg is found even if bitcoind does not know the blocks that were
 * disconnected. Not thread-safe.
 */
final class KnownBlocks {

  /** One week of blocks, which is deeper than any reorg so far. */
  static final int MAX_BLOCKS = 1_008;

  private final Deque<BlockId> blocks = new ArrayDeque<>();

  /**
   * @param known at least one block, in ascending order of height, the tip last; blocks below a gap
   *     in the heights are ignored, because they need not be ancestors of those above it
   * @throws IllegalArgumentException if {@code known} is empty
   */
  KnownBlocks(List<BlockId> known) {
    if (known.isEmpty()) {
      throw new IllegalArgumentException("at least one block is needed");
    }
    for (BlockId block : known.reversed()) {
      if (!blocks.isEmpty() && blocks.getFirst().height() != block.height() + 1) {
        break;
      }
      blocks.addFirst(block);
    }
    trim();
  }

  private void trim() {
    while (blocks.size() > MAX_BLOCKS) {
      blocks.removeFirst();
    }
  }

  BlockId tip() {
    return blocks.getLast();
  }

  BlockId lowest() {
    return blocks.getFirst();
  }

  /** Returns all blocks, in ascending order of height. */
  List<BlockId> all() {
    return new ArrayList<>(blocks);
  }

  /** Returns the block below the tip, if it is known. */
  Optional<BlockId> belowTip() {
    return blocks.reversed().stream().skip(1).findFirst();
  }

  /** Adds a block on top of the tip. */
  void add(BlockId block) {
    blocks.addLast(block);
    trim();
  }

  /**
   * Removes the tip.
   *
   * @param parent the block below it, which is the tip now
   */
  void removeTip(BlockId parent) {
    blocks.removeLast();
    if (blocks.isEmpty()) {
      blocks.addLast(parent);
    }
  }
}
