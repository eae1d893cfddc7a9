package teos.tower.watcher;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
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
import teos.tower.watcher.RecentDisputeSearch.Location;

/**
 * Responds to disputes of late appointments: those that arrived after their dispute, which is in
 * one of the last blocks or in the mempool.
 *
 * <p>Anyone can send any number of such appointments. One thread processes all that arrived during
 * the previous batch, so it reads a transaction or block once for all that need it, and {@link
 * BreachSearch} is fair between their users. The queue is bounded. If it is full or bitcoind is
 * unavailable, only the blocks are queued, and searched for all stored appointments later. Nothing
 * is lost in a crash: the appointments are on disk, and a restarted tower searches the last blocks
 * and the mempool.
 */
final class RecentDisputes implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RecentDisputes.class);

  private static final int MAX_QUEUED = 10_000;

  /**
   * Maximum number of queued blocks: more than the cache has, and more than a usual reorg replaces.
   */
  private static final int MAX_BLOCKS = 20;

  private static final Duration RETRY = Duration.ofSeconds(1);

  /** Longest time that a user's request waits for the response to its dispute. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(2);

  private final LocatorCache cache;
  private final MempoolScanner mempool;
  private final RecentDisputeSearch search;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock:

  /** Queued locators, and where their disputes were found. */
  private Map<Locator, Location> queued = new LinkedHashMap<>();

  /** Blocks to search completely, because the queue was full. */
  private Map<BlockId, TxidIndex> queuedBlocks = new LinkedHashMap<>();

  /** Whether to search the mempool completely, because the queue was full. */
  private boolean mempoolQueued;

  private long batchesBegun;
  private long batchesDone;
  private boolean failing;
  private boolean closed;
  private @Nullable Thread thread;

  /**
   * Work of the thread.
   *
   * @param located locators, and where their disputes were found
   * @param blocks blocks to search completely
   * @param mempool whether to search the mempool completely
   */
  private record Batch(
      Map<Locator, Location> located, Map<BlockId, TxidIndex> blocks, boolean mempool) {}

  RecentDisputes(
      LocatorCache cache, MempoolScanner mempool, BreachSearch search, RecentDisputeReader reader) {
    this.cache = cache;
    this.mempool = mempool;
    this.search = new RecentDisputeSearch(search, reader);
  }

  /**
   * Responds to the dispute of the appointments for {@code locator} if it is in one of the last
   * blocks or in the mempool. Blocks until that is done, unless it takes long or is currently
   * impossible.
   */
  void check(Locator locator) {
    Optional<Location> location = find(locator);
    if (location.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      boolean wait = add(locator, location.get()) && !failing;
      long batch = batchesBegun + 1;
      long left = MAX_WAIT.toNanos();
      while (wait && batchesDone < batch && !closed && !failing && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Does the same as {@link #check} for {@code locators}, without waiting. */
  void checkLater(Collection<Locator> locators) {
    for (Locator locator : locators) {
      find(locator).ifPresent(location -> addLocked(locator, location));
    }
  }

  /** Queues disputes that were found in the mempool but could not be read. */
  void retryFromMempool(Map<Locator, Txid> disputes) {
    disputes.forEach((locator, txid) -> addLocked(locator, new Location(txid, Optional.empty())));
  }

  private Optional<Location> find(Locator locator) {
    return cache
        .find(locator)
        .map(hit -> new Location(hit.txid(), Optional.of(hit.block())))
        .or(() -> mempool.find(locator).map(txid -> new Location(txid, Optional.empty())));
  }

  private void addLocked(Locator locator, Location location) {
    lock.lock();
    try {
      add(locator, location);
    } finally {
      lock.unlock();
    }
  }

  /** Queues a locator; if the queue is full, queues its block instead and returns false. */
  private boolean add(Locator locator, Location location) {
    if (thread == null && !closed) {
      thread = Thread.ofVirtual().name("recent-disputes").start(this::run);
    }
    changed.signalAll();
    if (queued.size() < MAX_QUEUED || queued.containsKey(locator)) {
      queued.put(locator, location);
      return true;
    }
    location.block().ifPresentOrElse(this::addBlock, () -> mempoolQueued = true);
    return false;
  }

  private void addBlock(BlockId block) {
    if (queuedBlocks.containsKey(block)) {
      return;
    }
    cache.index(block).ifPresent(index -> queuedBlocks.put(block, index));
    if (queuedBlocks.size() > MAX_BLOCKS) {
      queuedBlocks.remove(queuedBlocks.keySet().iterator().next());
      log.error("too many blocks to search; the oldest is skipped until the next start");
    }
  }

  private void run() {
    try {
      for (Optional<Batch> batch = next(); batch.isPresent(); batch = next()) {
        boolean done = false;
        try {
          done = process(batch.get());
        } finally {
          finish(batch.get(), done);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } finally {
      stopped();
    }
  }

  /**
   * Blocks until there is work, after a failure at least for {@link #RETRY}; returns empty if
   * closed.
   */
  private Optional<Batch> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long pause = failing ? RETRY.toNanos() : 0;
      while (pause > 0 && !closed) {
        pause = changed.awaitNanos(pause);
      }
      while (queued.isEmpty() && queuedBlocks.isEmpty() && !mempoolQueued && !closed) {
        changed.await();
      }
      if (closed) {
        return Optional.empty();
      }
      Batch batch = new Batch(queued, queuedBlocks, mempoolQueued);
      queued = new LinkedHashMap<>();
      queuedBlocks = new LinkedHashMap<>();
      mempoolQueued = false;
      batchesBegun++;
      return Optional.of(batch);
    } finally {
      lock.unlock();
    }
  }

  /** Queues the batch again if it is not done. */
  private void finish(Batch batch, boolean done) {
    lock.lock();
    try {
      batchesDone = batchesBegun;
      failing = !done;
      if (failing) {
        batch.located().forEach(this::add);
        batch.blocks().forEach(queuedBlocks::putIfAbsent);
        mempoolQueued |= batch.mempool();
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

  /** Returns whether all disputes could be read and processed. */
  private boolean process(Batch batch) {
    try {
      boolean all = search.answer(batch.located());
      for (var block : batch.blocks().entrySet()) {
        all &= search.answerAll(block.getValue(), Optional.of(block.getKey()));
      }
      return (!batch.mempool() || search.answerAll(mempool.index(), Optional.empty())) && all;
    } catch (BitcoindException e) {
      log.atLevel(failing ? Level.DEBUG : Level.WARN)
          .addKeyValue("reason", e.getMessage())
          .log("cannot read disputes of late appointments; retrying");
    } catch (StorageException e) {
      // Usually because the tower is stopping and the database is closed; the next start retries.
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot respond to disputes of late appointments");
    } catch (RuntimeException e) {
      log.error("cannot respond to disputes of late appointments; retrying", e);
    }
    return false;
  }

  /** Stops the thread, and blocks until it has ended; a restart finds what is queued. */
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
      if (!running.join(MAX_WAIT)) {
        running.interrupt(); // bitcoind may take long to respond
        running.join();
      }
    } catch (InterruptedException e) {
      running.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
