package teos.bitcoin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Prefetches blocks while earlier ones are processed, and returns them in order. Small blocks are
 * fetched in batches, with several batches in parallel. The memory is bounded; only the block that
 * the caller waits for is fetched even if the budget is used up, so that there is no deadlock.
 */
final class BlockFetcher implements AutoCloseable {

  private static final int PARALLEL_BATCHES = 3;
  private static final int MAX_BLOCK_BYTES = 4_000_000;

  /** Bytes that a batch should have; reading it stops after the block that reaches them. */
  private static final int BATCH_BYTES = 1_000_000;

  /** Blocks in a batch. bitcoind holds the whole response in memory, however large the blocks. */
  private static final int MAX_BATCH_BLOCKS = 25;

  private static final int MEMORY_BUDGET = 6 * MAX_BLOCK_BYTES + BATCH_BYTES;

  private final BlockProcessor blocks;
  private final List<BlockId> ids;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // The following fields are guarded by the lock.

  /** For each block of {@link #ids} the result; null before it is fetched and after it was used. */
  private final @Nullable Result[] results;

  private int nextToFetch;
  private int nextToReturn;
  private long heldBytes;
  private boolean closed;

  /** Bytes of the block that was fetched last; an estimate for the next ones. */
  private int estimatedBlockBytes = MAX_BLOCK_BYTES;

  private sealed interface Result {}

  private record Fetched(ConnectedBlock block) implements Result {}

  private record Failed(Exception cause) implements Result {}

  /** Indexes of {@link #ids}, from {@code first} (inclusive) to {@code end} (exclusive). */
  private record Range(int first, int end) {
    boolean isEmpty() {
      return first == end;
    }

    Range withoutFirst(int count) {
      return new Range(first + count, end);
    }
  }

  /** Starts fetching {@code ids}. */
  BlockFetcher(BlockProcessor blocks, List<BlockId> ids) {
    this.blocks = blocks;
    this.ids = List.copyOf(ids);
    this.results = new @Nullable Result[ids.size()];
    for (int i = 0; i < Math.min(PARALLEL_BATCHES, ids.size()); i++) {
      threads.add(Thread.ofVirtual().name("block-fetcher").start(this::fetchAll));
    }
  }

  private void fetchAll() {
    try {
      for (Range range = nextRange(); !range.isEmpty(); range = nextRange()) {
        while (!range.isEmpty()) {
          reserveMemory(range.first());
          range = range.withoutFirst(fetch(range));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private Range nextRange() {
    lock.lock();
    try {
      int first = nextToFetch;
      int count = Math.clamp(BATCH_BYTES / estimatedBlockBytes, 1, MAX_BATCH_BLOCKS);
      nextToFetch = Math.min(ids.size(), first + count);
      return new Range(first, nextToFetch);
    } finally {
      lock.unlock();
    }
  }

  private void reserveMemory(int index) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (heldBytes + MAX_BLOCK_BYTES + BATCH_BYTES > MEMORY_BUDGET && index != nextToReturn) {
        changed.await();
      }
      heldBytes += MAX_BLOCK_BYTES + BATCH_BYTES;
    } finally {
      lock.unlock();
    }
  }

  /** Fetches the first blocks of {@code range}; returns how many results were added. */
  private int fetch(Range range) {
    List<Result> found = new ArrayList<>();
    try {
      List<BlockId> wanted = ids.subList(range.first(), range.end());
      blocks.fetch(wanted, BATCH_BYTES).forEach(block -> found.add(new Fetched(block)));
    } catch (BitcoindException | RuntimeException e) {
      found.add(new Failed(e));
    }
    lock.lock();
    try {
      heldBytes -= MAX_BLOCK_BYTES + BATCH_BYTES;
      for (int i = 0; i < found.size(); i++) {
        Result result = found.get(i);
        results[range.first() + i] = result;
        if (result instanceof Fetched(ConnectedBlock block)) {
          heldBytes += block.size();
          estimatedBlockBytes = Math.max(block.size(), 1);
        }
      }
      changed.signalAll();
      return found.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the next block; blocks until it is fetched. The block returned before no longer counts
   * towards the memory budget.
   *
   * @throws BitcoindException if the block cannot be fetched
   * @throws CancellationException if this fetcher is closed
   */
  ConnectedBlock next() throws BitcoindException, InterruptedException {
    return switch (nextResult()) {
      case Fetched(ConnectedBlock block) -> block;
      case Failed(BitcoindException failure) -> throw failure;
      case Failed(RuntimeException bug) -> throw bug;
      case Failed(Exception other) -> throw new IllegalStateException(other);
    };
  }

  private Result nextResult() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (nextToReturn > 0 && results[nextToReturn - 1] instanceof Fetched(ConnectedBlock last)) {
        heldBytes -= last.size();
        results[nextToReturn - 1] = null;
        changed.signalAll();
      }
      Result next = results[nextToReturn];
      while (next == null && !closed) {
        changed.await();
        next = results[nextToReturn];
      }
      if (closed || next == null) {
        throw new CancellationException("closed");
      }
      nextToReturn++;
      changed.signalAll();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** Stops fetching, and ends a call of {@link #next} that waits. */
  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
