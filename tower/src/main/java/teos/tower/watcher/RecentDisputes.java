package teos.tower.watcher;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.tower.database.StorageException;

/**
 * Answers appointments that have come after their dispute, which is in one of the last blocks or in
 * the mempool.
 *
 * <p>Anyone can send any number of such appointments. One thread answers all that have come while
 * it answered those before: so it fetches a transaction or a block once for all who wait for it,
 * one at a time, and {@link BreachSearch} is fair between their users. What waits is bounded: of
 * what is too much, and while bitcoind is away, only blocks are remembered, which are searched for
 * stored appointments when it is back. On disk the appointments are in any case, and a tower that
 * starts searches the last blocks and the mempool.
 */
final class RecentDisputes implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RecentDisputes.class);

  private static final int MAX_WAITING = 10_000;

  /**
   * Blocks that are remembered to be searched: more than a cache has, and than a reorg replaces.
   */
  private static final int MAX_BLOCKS = 20;

  /** Transactions of which a search looks up the locators in one query. */
  private static final int TXIDS_AT_ONCE = 5_000;

  private static final Duration RETRY = Duration.ofSeconds(1);

  /** A user is answered when the appointment has been, unless that takes longer. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private final LocatorCache cache;
  private final MempoolScanner mempool;
  private final BreachSearch search;
  private final RecentDisputeReader reader;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // What follows is guarded by the lock.

  /** Locators whose appointments wait, and where their transaction was found. */
  private Map<Locator, Seen> waiting = new LinkedHashMap<>();

  /** Blocks to be searched for what there was no room for among those that wait. */
  private Map<BlockId, TxidIndex> unsearched = new LinkedHashMap<>();

  private boolean mempoolUnsearched;

  /** How many rounds of answering have begun, and how many are over. */
  private long begun;

  private long over;
  private boolean failing;
  private boolean closed;
  private @Nullable Thread thread;

  /**
   * @param block that the transaction is in; none while it is in the mempool
   */
  record Seen(Txid txid, Optional<BlockId> block) {}

  /** What is dealt with in one round. */
  private record Round(
      Map<Locator, Seen> waiting, Map<BlockId, TxidIndex> blocks, boolean mempool) {}

  RecentDisputes(
      LocatorCache cache, MempoolScanner mempool, BreachSearch search, RecentDisputeReader reader) {
    this.cache = cache;
    this.mempool = mempool;
    this.search = search;
    this.reader = reader;
  }

  /**
   * Has appointments for {@code locator} answered, if its transaction is in one of the last blocks
   * or in the mempool. Returns when that is done, unless it cannot be done soon.
   */
  void check(Locator locator) {
    Optional<Seen> seen = find(locator);
    if (seen.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      boolean soon = add(locator, seen.get()) && !failing;
      long round = begun + 1;
      long left = LONGEST_WAIT.toNanos();
      while (soon && over < round && !closed && !failing && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** The same for {@code locators}, without waiting for it. */
  void checkLater(Collection<Locator> locators) {
    for (Locator locator : locators) {
      find(locator).ifPresent(seen -> addLocked(locator, seen));
    }
  }

  /** Has disputes answered that were found in the mempool and could not be read. */
  void retryFromMempool(Map<Locator, Txid> wanted) {
    wanted.forEach((locator, txid) -> addLocked(locator, new Seen(txid, Optional.empty())));
  }

  private Optional<Seen> find(Locator locator) {
    return cache
        .find(locator)
        .map(hit -> new Seen(hit.txid(), Optional.of(hit.block())))
        .or(() -> mempool.find(locator).map(txid -> new Seen(txid, Optional.empty())));
  }

  private void addLocked(Locator locator, Seen seen) {
    lock.lock();
    try {
      add(locator, seen);
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether there was room for it; if not, it is searched for. */
  private boolean add(Locator locator, Seen seen) {
    if (thread == null && !closed) {
      thread = Thread.ofVirtual().name("recent-disputes").start(this::run);
    }
    changed.signalAll();
    if (waiting.size() < MAX_WAITING || waiting.containsKey(locator)) {
      waiting.put(locator, seen);
      return true;
    }
    if (seen.block().isEmpty()) {
      mempoolUnsearched = true;
    } else if (!unsearched.containsKey(seen.block().get())) {
      cache.index(seen.block().get()).ifPresent(index -> unsearched.put(seen.block().get(), index));
      if (unsearched.size() > MAX_BLOCKS) {
        unsearched.remove(unsearched.keySet().iterator().next());
        log.error("too many blocks wait to be searched: one is passed over until the next start");
      }
    }
    return false;
  }

  private void run() {
    try {
      for (Optional<Round> round = next(); round.isPresent(); round = next()) {
        boolean done = false;
        try {
          done = answer(round.get());
        } finally {
          finish(round.get(), done);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } finally {
      stopped();
    }
  }

  /** Waits for something to do; after a failure, for a while as well. */
  private Optional<Round> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long pause = failing ? RETRY.toNanos() : 0;
      while (pause > 0 && !closed) {
        pause = changed.awaitNanos(pause);
      }
      while (waiting.isEmpty() && unsearched.isEmpty() && !mempoolUnsearched && !closed) {
        changed.await();
      }
      if (closed) {
        return Optional.empty();
      }
      Round round = new Round(waiting, unsearched, mempoolUnsearched);
      waiting = new LinkedHashMap<>();
      unsearched = new LinkedHashMap<>();
      mempoolUnsearched = false;
      begun++;
      return Optional.of(round);
    } finally {
      lock.unlock();
    }
  }

  private void finish(Round round, boolean done) {
    lock.lock();
    try {
      over = begun;
      failing = !done;
      if (failing) {
        round.waiting().forEach(this::add);
        round.blocks().forEach(unsearched::putIfAbsent);
        mempoolUnsearched |= round.mempool();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void stopped() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether all could be answered. */
  private boolean answer(Round round) {
    try {
      boolean all = answer(round.waiting());
      for (var block : round.blocks().entrySet()) {
        all &= searchAll(block.getValue(), Optional.of(block.getKey()));
      }
      return (!round.mempool() || searchAll(mempool.index(), Optional.empty())) && all;
    } catch (BitcoindException e) {
      log.atLevel(failing ? Level.DEBUG : Level.WARN)
          .addKeyValue("reason", e.getMessage())
          .log("cannot read disputes of appointments that came after them, trying again");
    } catch (StorageException e) {
      // Closed, most likely, as the tower is stopped: the next start looks again.
      log.atWarn().addKeyValue("reason", e.getMessage()).log("cannot answer disputes now");
    } catch (RuntimeException e) {
      log.error("cannot answer disputes, trying again", e);
    }
    return false;
  }

  /**
   * Block by block, so that each is fetched once; those with few first, for they take little time.
   */
  private boolean answer(Map<Locator, Seen> seen) throws BitcoindException {
    Map<Optional<BlockId>, Map<Locator, Txid>> byBlock = new LinkedHashMap<>();
    seen.forEach(
        (locator, where) ->
            byBlock
                .computeIfAbsent(where.block(), block -> new HashMap<>())
                .put(locator, where.txid()));
    boolean all = true;
    for (var block :
        byBlock.entrySet().stream()
            .sorted(Comparator.comparingInt(each -> each.getValue().size()))
            .toList()) {
      all &= answer(block.getValue(), block.getKey());
    }
    return all;
  }

  private boolean answer(Map<Locator, Txid> wanted, Optional<BlockId> block)
      throws BitcoindException {
    RecentDisputeReader.Reading reading = reader.of(wanted.values(), block);
    long found = search.answer(wanted, reading);
    if (found > 0) {
      log.atInfo()
          .addKeyValue("block", block.map(BlockId::toString).orElse("none"))
          .addKeyValue("disputes", wanted.size())
          .addKeyValue("appointments", found)
          .log("appointments came after their disputes");
    }
    return !reading.hasFailed();
  }

  private boolean searchAll(TxidIndex index, Optional<BlockId> block) throws BitcoindException {
    boolean all = true;
    List<Txid> txids = index.page(0, TXIDS_AT_ONCE);
    for (int from = 0; !txids.isEmpty(); txids = index.page(from, TXIDS_AT_ONCE)) {
      Map<Locator, Txid> wanted = new HashMap<>();
      for (Txid txid : txids) {
        search.wanted(txid).forEach(locator -> wanted.put(locator, txid));
      }
      all &= answer(wanted, block);
      from += txids.size();
    }
    return all;
  }

  /** Ends answering; what waits is found at the next start. */
  @Override
  public void close() {
    Thread running;
    lock.lock();
    try {
      closed = true;
      running = thread;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (running == null) {
      return;
    }
    try {
      if (!running.join(LONGEST_WAIT)) {
        running.interrupt(); // bitcoind may take long to answer
        running.join();
      }
    } catch (InterruptedException e) {
      running.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
