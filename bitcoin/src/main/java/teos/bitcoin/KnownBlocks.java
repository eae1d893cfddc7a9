package teos.bitcoin;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The last blocks of the chain that the tower has followed, each the next one's parent, up to a
 * fixed number of them. With these it finds its way back from a block that has left the chain even
 * if bitcoind has never heard of it. Not safe for threads.
 */
final class KnownBlocks {

  /** A week of blocks: deeper than any reorg there has been. */
  static final int MOST = 1_008;

  private final Deque<BlockId> blocks = new ArrayDeque<>();

  /**
   * @param known some blocks, the lowest first, the last one the tip; what lies under a gap in
   *     their heights says nothing of the chain above it, and is left out
   */
  KnownBlocks(List<BlockId> known) {
    if (known.isEmpty()) {
      throw new IllegalArgumentException("a tower knows one block at least");
    }
    for (BlockId block : known.reversed()) {
      if (!blocks.isEmpty() && blocks.getFirst().height() != block.height() + 1) {
        break;
      }
      blocks.addFirst(block);
    }
    bound();
  }

  private void bound() {
    while (blocks.size() > MOST) {
      blocks.removeFirst();
    }
  }

  BlockId tip() {
    return blocks.getLast();
  }

  BlockId lowest() {
    return blocks.getFirst();
  }

  /** All of them, the lowest first. */
  List<BlockId> all() {
    return new ArrayList<>(blocks);
  }

  /** The block under the tip, if it is known. */
  Optional<BlockId> underTip() {
    return blocks.reversed().stream().skip(1).findFirst();
  }

  /** Puts a new tip on the present one. */
  void add(BlockId block) {
    blocks.addLast(block);
    bound();
  }

  /**
   * Takes the tip off.
   *
   * @param parent the block under it, which is the tip now
   */
  void removeTip(BlockId parent) {
    blocks.removeLast();
    if (blocks.isEmpty()) {
      blocks.addLast(parent);
    }
  }
}
