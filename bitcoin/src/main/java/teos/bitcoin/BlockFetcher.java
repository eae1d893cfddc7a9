package teos.bitcoin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Fetches blocks ahead of the one that is being dealt with and hands them on in order: several
 * small ones in one exchange, several exchanges at a time. What it holds is bounded in bytes; only
 * the block that is waited for is fetched whatever else is held, so that it always comes.
 */
final class BlockFetcher implements AutoCloseable {

  private static final int AT_A_TIME = 3;
  private static final int LARGEST = 4_000_000;

  /** Bytes after which no more of an answer is read, and which it should have. */
  private static final int ANSWER = 1_000_000;

  /** Blocks in an answer. bitcoind holds all of it, also if they are larger than those before. */
  private static final int MOST = 25;

  private static final int BUDGET = 6 * LARGEST + ANSWER;

  private final BlockProcessor blocks;
  private final List<BlockId> ids;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // What follows is guarded by the lock.

  /** For each block, itself or why it cannot be had; null until one of both is known. */
  private final @Nullable Result[] results;

  private int nextToFetch;
  private int nextToHandOn;
  private long held;
  private boolean closed;

  /** Bytes of a block, as the last ones had. */
  private int typical = LARGEST;

  private sealed interface Result {}

  private record Fetched(ConnectedBlock block) implements Result {}

  private record Failed(Exception why) implements Result {}

  /** Of {@link #ids}, from {@code first} to before {@code end}. */
  private record Range(int first, int end) {
    boolean isEmpty() {
      return first == end;
    }

    Range after(int fetched) {
      return new Range(first + fetched, end);
    }
  }

  /** Begins to fetch {@code ids}. */
  BlockFetcher(BlockProcessor blocks, List<BlockId> ids) {
    this.blocks = blocks;
    this.ids = List.copyOf(ids);
    this.results = new @Nullable Result[ids.size()];
    for (int i = 0; i < Math.min(AT_A_TIME, ids.size()); i++) {
      threads.add(Thread.ofVirtual().name("block-fetcher").start(this::fetchAll));
    }
  }

  private void fetchAll() {
    try {
      for (Range range = take(); !range.isEmpty(); range = take()) {
        while (!range.isEmpty()) {
          awaitRoom(range.first());
          range = range.after(fetch(range));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private Range take() {
    lock.lock();
    try {
      int first = nextToFetch;
      int count = Math.clamp(ANSWER / typical, 1, MOST);
      nextToFetch = Math.min(ids.size(), first + count);
      return new Range(first, nextToFetch);
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(int index) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (held + LARGEST + ANSWER > BUDGET && index != nextToHandOn) {
        changed.await();
      }
      held += LARGEST + ANSWER;
    } finally {
      lock.unlock();
    }
  }

  /** The answer is of how many blocks of {@code range} there is a result now. */
  private int fetch(Range range) {
    List<Result> found = new ArrayList<>();
    try {
      List<BlockId> wanted = ids.subList(range.first(), range.end());
      blocks.fetch(wanted, ANSWER).forEach(block -> found.add(new Fetched(block)));
    } catch (BitcoindException | RuntimeException e) {
      found.add(new Failed(e));
    }
    lock.lock();
    try {
      held -= LARGEST + ANSWER;
      for (int i = 0; i < found.size(); i++) {
        Result result = found.get(i);
        results[range.first() + i] = result;
        if (result instanceof Fetched(ConnectedBlock block)) {
          held += block.size();
          typical = Math.max(block.size(), 1);
        }
      }
      changed.signalAll();
      return found.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next block, when it is there.
   *
   * @throws CancellationException if this has been closed
   */
  ConnectedBlock next() throws BitcoindException, InterruptedException {
    return switch (nextResult()) {
      case Fetched(ConnectedBlock block) -> block;
      case Failed(BitcoindException failure) -> throw failure;
      case Failed(RuntimeException bug) -> throw bug;
      case Failed(Exception other) -> throw new IllegalStateException(other);
    };
  }

  /** What has been handed on before counts as held until then: it has been dealt with since. */
  private Result nextResult() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (nextToHandOn > 0 && results[nextToHandOn - 1] instanceof Fetched(ConnectedBlock last)) {
        held -= last.size();
        results[nextToHandOn - 1] = null;
        changed.signalAll();
      }
      Result next = results[nextToHandOn];
      while (next == null && !closed) {
        changed.await();
        next = results[nextToHandOn];
      }
      if (closed || next == null) {
        throw new CancellationException("closed");
      }
      nextToHandOn++;
      changed.signalAll();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** Ends fetching, and has whoever waits for a block wait no more. */
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
