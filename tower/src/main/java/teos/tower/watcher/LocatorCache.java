package teos.tower.watcher;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import teos.bitcoin.BlockId;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Dialect;
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

  private record CachedBlock(BlockId id, Map<Locator, Txid> transactions) {}

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
    List<Txid> txids = block.txids();
    Map<Locator, Txid> byLocator = HashMap.newHashMap(2 * txids.size());
    for (Txid txid : txids) {
      for (Dialect dialect : Dialect.values()) {
        byLocator.put(dialect.locator(txid), txid);
      }
    }
    blocks.addLast(new CachedBlock(block.id(), byLocator));
    if (blocks.size() > size) {
      blocks.removeFirst();
    }
  }

  /** Forgets {@code block}, which has left the chain. */
  synchronized void remove(BlockId block) {
    blocks.removeIf(cached -> cached.id().equals(block));
  }

  /** Whether {@code block} is among those remembered. */
  synchronized boolean contains(BlockId block) {
    return blocks.stream().anyMatch(cached -> cached.id().equals(block));
  }

  /** The transaction with {@code locator} in one of the last blocks. */
  synchronized Optional<Hit> find(Locator locator) {
    for (CachedBlock block : blocks) {
      Txid txid = block.transactions().get(locator);
      if (txid != null) {
        return Optional.of(new Hit(txid, block.id()));
      }
    }
    return Optional.empty();
  }
}
