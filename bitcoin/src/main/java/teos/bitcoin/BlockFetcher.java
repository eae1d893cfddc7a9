package teos.bitcoin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Fetches blocks ahead of the one that is being dealt with, a few at a time, and hands them on in
 * order. What it holds is bounded in bytes: a permit is a KiB, and a fetch takes those of the largest
 * block there can be until it is known how large the block is.
 */
final class BlockFetcher implements AutoCloseable {

  private static final int AT_A_TIME = 4;
  private static final int LARGEST_KIB = 4_000;
  private static final int BUDGET_KIB = 6 * LARGEST_KIB;

  private final BlockProcessor blocks;
  private final List<BlockId> ids;
  private final List<CompletableFuture<ConnectedBlock>> fetched = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Semaphore budget = new Semaphore(BUDGET_KIB);
  private final ReentrantLock nextLock = new ReentrantLock();
  private int nextToFetch;
  private int nextToHandOn;
  private int heldByLast;

  /** Begins to fetch {@code ids}. */
  BlockFetcher(BlockProcessor blocks, List<BlockId> ids) {
    this.blocks = blocks;
    this.ids = List.copyOf(ids);
    for (int i = 0; i < ids.size(); i++) {
      fetched.add(new CompletableFuture<>());
    }
    for (int i = 0; i < Math.min(AT_A_TIME, ids.size()); i++) {
      threads.add(Thread.ofVirtual().name("block-fetcher").start(this::fetchAll));
    }
  }

  private void fetchAll() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        int index = takeIndex();
        if (index == ids.size()) {
          return;
        }
        fetch(index);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** In the order of the blocks, so that the one that is waited for is never without a permit. */
  private int takeIndex() throws InterruptedException {
    nextLock.lockInterruptibly();
    try {
      if (nextToFetch == ids.size()) {
        return nextToFetch;
      }
      budget.acquire(LARGEST_KIB);
      return nextToFetch++;
    } finally {
      nextLock.unlock();
    }
  }

  private void fetch(int index) {
    CompletableFuture<ConnectedBlock> result = fetched.get(index);
    try {
      ConnectedBlock block = blocks.fetch(ids.get(index));
      budget.release(LARGEST_KIB - kib(block));
      result.complete(block);
    } catch (BitcoindException | RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  private static int kib(ConnectedBlock block) {
    return Math.min(LARGEST_KIB, Math.ceilDiv(block.size(), 1_024));
  }

  /**
   * The next block, when it is there.
   *
   * @throws CancellationException if this has been closed
   */
  ConnectedBlock next() throws BitcoindException, InterruptedException {
    budget.release(heldByLast);
    heldByLast = 0;
    int index = nextToHandOn++;
    try {
      ConnectedBlock block = fetched.get(index).get();
      fetched.set(index, new CompletableFuture<>()); // so that it is not held here
      heldByLast = kib(block);
      return block;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case BitcoindException failure -> throw failure;
        case RuntimeException bug -> throw bug;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /** Ends fetching, and has whoever waits for a block wait no more. */
  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    fetched.forEach(block -> block.cancel(false));
  }
}
