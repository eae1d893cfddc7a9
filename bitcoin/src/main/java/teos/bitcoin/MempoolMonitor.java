package teos.bitcoin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.HostPort;

/**
 * Follows bitcoind's mempool and reports its transactions to a {@link ChainListener}: new ones from
 * the ZMQ feed, and a snapshot of all at the start, whenever the feed may have lost messages, and
 * at each polling interval.
 *
 * <p>A snapshot costs one call, which returns txids only. The monitor keeps no state, so it reports
 * a transaction several times.
 */
public final class MempoolMonitor {

  private static final Logger log = LoggerFactory.getLogger(MempoolMonitor.class);

  /** Transactions in the queue from the feed; while it is full, the feed blocks. */
  private static final int QUEUE_CAPACITY = 1_000;

  /** Bytes in the queue; the largest transaction that a miner can include has nearly 4,000,000. */
  private static final int QUEUE_BYTES = 8_000_000;

  /** Bytes of transactions in one event, which limits the memory for them. */
  private static final int BATCH_BYTES = 1_000_000;

  /** Time that a transaction waits for others, so that they are looked up in one batch. */
  private static final int LINGER_MILLIS = 10;

  private static final Duration RETRY_WHEN_UNAVAILABLE = Duration.ofSeconds(1);

  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final ChainListener listener;
  private final Duration pollingInterval;
  private final @Nullable ZmqFeed feed;
  private final BlockingQueue<FeedItem> queue = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
  private final Semaphore freeBytes = new Semaphore(QUEUE_BYTES);

  private volatile @Nullable Thread thread;
  private volatile boolean stopped;

  /** Sequence number of the feed's last message; used by the feed's thread only. */
  private int lastNumber;

  /** Whether no message has arrived since the feed connected; used by the feed's thread only. */
  private boolean firstMessage = true;

  private sealed interface FeedItem {}

  /** A transaction from the feed. */
  private record FeedTransaction(byte[] raw) implements FeedItem {}

  /** Request for a snapshot, for example because the feed has lost messages. */
  private record SnapshotRequest() implements FeedItem {}

  /**
   * @param feedAddress address of bitcoind's {@code zmqpubrawtx}; null to only poll
   * @param pollingInterval time between two snapshots
   */
  public MempoolMonitor(
      BlockProcessor blocks,
      NodeStatus node,
      ChainListener listener,
      Duration pollingInterval,
      @Nullable HostPort feedAddress) {
    this.blocks = blocks;
    this.node = node;
    this.listener = listener;
    this.pollingInterval = pollingInterval;
    this.feed = feedAddress == null ? null : new ZmqFeed(feedAddress, "rawtx", new FromFeed());
  }

  private final class FromFeed implements ZmqFeed.Subscriber {
    @Override
    public void subscribed() {
      firstMessage = true;
      add(new SnapshotRequest());
    }

    @Override
    public void disconnected() {
      node.requestCheck();
    }

    @Override
    public void message(byte[] body, int number) {
      if (!firstMessage && number != lastNumber + 1) {
        log.atWarn()
            .addKeyValue("count", number - lastNumber - 1)
            .log("ZMQ feed has dropped transactions; polling the mempool");
        add(new SnapshotRequest());
      }
      firstMessage = false;
      lastNumber = number;
      add(new FeedTransaction(body));
    }

    private void add(FeedItem item) {
      try {
        freeBytes.acquire(bytes(item));
        queue.put(item);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns whether the ZMQ feed of transactions is connected; empty if there is no feed. */
  public Optional<Boolean> feedConnected() {
    return Optional.ofNullable(feed).map(ZmqFeed::isConnected);
  }

  /** Starts following the mempool in its own thread, with a snapshot first. */
  public void start() {
    if (feed != null) {
      feed.start();
    }
    thread = Thread.ofVirtual().name("mempool-monitor").start(this::run);
  }

  /** Requests a snapshot; returns without waiting for it. */
  public void wake() {
    // If the queue is full, the monitor is awake anyway, and polls at the next interval.
    boolean added = queue.offer(new SnapshotRequest());
    log.atTrace().addKeyValue("queued", added).log("mempool snapshot requested");
  }

  private static int bytes(@Nullable FeedItem item) {
    return item instanceof FeedTransaction(byte[] raw) ? Math.min(raw.length, QUEUE_BYTES) : 0;
  }

  private @Nullable FeedItem poll(long nanos) throws InterruptedException {
    FeedItem next = queue.poll(nanos, TimeUnit.NANOSECONDS);
    freeBytes.release(bytes(next));
    return next;
  }

  private void run() {
    try {
      long due = System.nanoTime();
      while (!stopped) {
        FeedItem next = poll(due - System.nanoTime());
        boolean snapshotDue = next == null || next instanceof SnapshotRequest;
        if (next instanceof FeedTransaction transaction) {
          snapshotDue = reportBatch(transaction);
        }
        if (snapshotDue) {
          Duration pause = reportSnapshot() ? pollingInterval : RETRY_WHEN_UNAVAILABLE;
          due = System.nanoTime() + pause.toNanos();
        }
      }
    } catch (InterruptedException e) {
      log.debug("mempool monitor interrupted");
    }
  }

  /** Reports a transaction and those queued behind it; returns whether a snapshot was requested. */
  private boolean reportBatch(FeedTransaction first) throws InterruptedException {
    Thread.sleep(LINGER_MILLIS);
    List<MempoolTransaction> transactions = new ArrayList<>();
    int bytes = 0;
    boolean snapshotDue = false;
    FeedItem next = first;
    while (next != null) {
      switch (next) {
        case SnapshotRequest request -> snapshotDue = true;
        case FeedTransaction(byte[] raw) -> {
          add(raw, transactions);
          bytes += raw.length;
        }
      }
      next = bytes < BATCH_BYTES ? poll(0) : null;
    }
    listener.onChainEvent(new ChainEvent.MempoolSeen(transactions, false));
    return snapshotDue;
  }

  private static void add(byte[] raw, List<MempoolTransaction> transactions) {
    try {
      transactions.add(new MempoolTransaction(RawTransactions.txid(raw), raw));
    } catch (IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("message of the ZMQ feed is not a transaction");
    }
  }

  /** Returns whether the next snapshot may wait for the polling interval. */
  private boolean reportSnapshot() throws InterruptedException {
    try {
      List<MempoolTransaction> all = new ArrayList<>();
      blocks.mempool().forEach(txid -> all.add(new MempoolTransaction(txid, null)));
      listener.onChainEvent(new ChainEvent.MempoolSeen(all, true));
      return true;
    } catch (BitcoindException e) {
      node.recordFailure(e);
      return e instanceof BitcoindException.MethodForbidden; // retrying soon would not help
    }
  }

  /** Stops after the event that the listener is handling; returns at once. */
  public void stop() {
    stopped = true;
    if (feed != null) {
      feed.close();
    }
    queue.clear();
    freeBytes.release(QUEUE_BYTES); // unblocks the feed
    wake();
  }

  /** Stops after the event that the listener is handling, and waits for the end of the thread. */
  public void terminate() throws InterruptedException {
    stop();
    Thread running = thread;
    if (running != null && !running.join(Duration.ofSeconds(5))) {
      running.interrupt();
      running.join();
    }
  }
}
