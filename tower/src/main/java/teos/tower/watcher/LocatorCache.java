package teos.tower.watcher;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.BlockId;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * The transactions of the last few blocks by their locators, so that an appointment that comes just
 * after its dispute is answered at once. Bounded by the number of blocks.
 */
final class LocatorCache {

  private final int size;
  private final Deque<CachedBlock> blocks = new ArrayDeque<>();

  /**
   * @param size blocks to remember
   */
  LocatorCache(int size) {
    this.size = size;
  }

  /** A block, whose locators are worked out when one is looked for: of many, none ever is. */
  private static final class CachedBlock {
    private final BlockId id;
    private @Nullable List<Txid> txids;
    private @Nullable TxidIndex index;

    private CachedBlock(ConnectedBlock block) {
      this.id = block.id();
      this.txids = block.txids();
    }

    TxidIndex index() {
      TxidIndex known = index;
      if (known == null) {
        List<Txid> all = Objects.requireNonNull(txids);
        known = new TxidIndex(all.size());
        all.forEach(known::add);
        index = known;
        txids = null; // ten times as large
      }
      return known;
    }
  }

  /**
   * A transaction of one of the last blocks.
   *
   * @param txid its txid
   * @param block the block it is in
   */
  record Hit(Txid txid, BlockId block) {}

  /** Remembers {@code block}, and forgets the oldest if there are too many. */
  synchronized void add(ConnectedBlock block) {
    if (contains(block.id())) {
      return; // told again after a failure in what follows
    }
    blocks.addLast(new CachedBlock(block));
    if (blocks.size() > size) {
      blocks.removeFirst();
    }
  }

  /** Forgets {@code block}, which has left the chain. */
  synchronized void remove(BlockId block) {
    blocks.removeIf(cached -> cached.id.equals(block));
  }

  /** Whether {@code block} is among those remembered. */
  synchronized boolean contains(BlockId block) {
    return blocks.stream().anyMatch(cached -> cached.id.equals(block));
  }

  /** The transactions of {@code block}, if that is among those remembered. */
  synchronized Optional<TxidIndex> index(BlockId block) {
    return blocks.stream()
        .filter(cached -> cached.id.equals(block))
        .map(CachedBlock::index)
        .findFirst();
  }

  /** The transaction with {@code locator} in one of the last blocks. */
  synchronized Optional<Hit> find(Locator locator) {
    for (CachedBlock block : blocks) {
      Optional<Txid> txid = block.index().find(locator);
      if (txid.isPresent()) {
        return Optional.of(new Hit(txid.get(), block.id));
      }
    }
    return Optional.empty();
  }
}
