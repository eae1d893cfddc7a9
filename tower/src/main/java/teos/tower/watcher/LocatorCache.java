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
 * Index of the last blocks' transactions by locator, so that the tower responds immediately to an
 * appointment that arrives just after its dispute. Bounded by the number of blocks. Thread-safe.
 */
final class LocatorCache {

  private final int size;
  private final Deque<CachedBlock> blocks = new ArrayDeque<>();

  /**
   * @param size number of blocks
   */
  LocatorCache(int size) {
    this.size = size;
  }

  /** A cached block, which is indexed at the first lookup; many blocks are never looked up. */
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
        txids = null; // takes ten times the memory of the index
      }
      return known;
    }
  }

  /**
   * A transaction of one of the last blocks.
   *
   * @param txid its txid
   * @param block its block
   */
  record Hit(Txid txid, BlockId block) {}

  /** Adds {@code block}, and evicts the oldest block if the cache is full. */
  synchronized void add(ConnectedBlock block) {
    if (contains(block.id())) {
      return; // repeated after a failure
    }
    blocks.addLast(new CachedBlock(block));
    if (blocks.size() > size) {
      blocks.removeFirst();
    }
  }

  /** Removes {@code block}, which has left the chain. */
  synchronized void remove(BlockId block) {
    blocks.removeIf(cached -> cached.id.equals(block));
  }

  /** Returns whether {@code block} is in the cache. */
  synchronized boolean contains(BlockId block) {
    return blocks.stream().anyMatch(cached -> cached.id.equals(block));
  }

  /** Returns the transactions of {@code block}, if it is in the cache. */
  synchronized Optional<TxidIndex> index(BlockId block) {
    return blocks.stream()
        .filter(cached -> cached.id.equals(block))
        .map(CachedBlock::index)
        .findFirst();
  }

  /** Returns the transaction with {@code locator}, if it is in one of the last blocks. */
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
