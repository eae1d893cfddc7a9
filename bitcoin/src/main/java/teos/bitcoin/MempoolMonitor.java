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
 * Follows bitcoind's mempool and tells a {@link ChainListener} of what is in it: of each
 * transaction as the ZMQ feed brings it, and of all of them at the start, whenever the feed may
 * have left something out, and each polling interval.
 *
 * <p>A look at all costs one call, whose answer is txids only; nothing is remembered here.
 */
public final class MempoolMonitor {

  private static final Logger log = LoggerFactory.getLogger(MempoolMonitor.class);

  /** Transactions on their way from the feed; when there are more, the feed waits. */
  private static final int QUEUE = 1_000;

  /** Bytes of them: one may have nearly four million, if a miner has put it into a block. */
  private static final int QUEUED_BYTES = 8_000_000;

  /** Bytes of transactions that are told at once, so that few are held in memory. */
  private static final int BATCH_BYTES = 1_000_000;

  /** For which a transaction waits for others, so that many are looked up as cheaply as one. */
  private static final int LINGER_MILLIS = 10;

  private static final Duration RETRY_WHEN_AWAY = Duration.ofSeconds(1);

  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final ChainListener listener;
  private final Duration pollingInterval;
  private final @Nullable ZmqFeed feed;
  private final BlockingQueue<News> news = new ArrayBlockingQueue<>(QUEUE);
  private final Semaphore room = new Semaphore(QUEUED_BYTES);

  private volatile @Nullable Thread thread;
  private volatile boolean stopped;

  /** Number of the feed's last message; touched by its thread only. */
  private int last;

  private boolean first = true;

  private sealed interface News {}

  /** A transaction from the feed. */
  private record Raw(byte[] transaction) implements News {}

  /** There may be some of which nothing was told. */
  private record LookAtAll() implements News {}

  /**
   * @param feedAddress of bitcoind's {@code zmqpubrawtx}, or null for polling alone
   * @param pollingInterval between two looks at all
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
    public void listening() {
      first = true;
      add(new LookAtAll());
    }

    @Override
    public void lost() {
      node.checkNow();
    }

    @Override
    public void message(byte[] body, int number) {
      if (!first && number != last + 1) {
        log.warn("the ZMQ feed has dropped {} transactions", number - last - 1);
        add(new LookAtAll());
      }
      first = false;
      last = number;
      add(new Raw(body));
    }

    private void add(News what) {
      try {
        room.acquire(bytes(what));
        news.put(what);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether the ZMQ feed of transactions is connected; empty if there is to be none. */
  public Optional<Boolean> feedConnected() {
    return Optional.ofNullable(feed).map(ZmqFeed::isConnected);
  }

  /** Starts following the mempool in a thread of its own, with a look at all of it. */
  public void start() {
    if (feed != null) {
      feed.start();
    }
    thread = Thread.ofVirtual().name("mempool-monitor").start(this::run);
  }

  /** Has it look at all of the mempool soon. */
  public void wake() {
    // A full queue has news of the feed's, which will be looked at all the same.
    boolean added = news.offer(new LookAtAll());
    log.trace("to look at the mempool: {}", added);
  }

  private static int bytes(@Nullable News what) {
    return what instanceof Raw(byte[] transaction) ? Math.min(transaction.length, QUEUED_BYTES) : 0;
  }

  private @Nullable News poll(long nanos) throws InterruptedException {
    News next = news.poll(nanos, TimeUnit.NANOSECONDS);
    room.release(bytes(next));
    return next;
  }

  private void run() {
    try {
      long due = System.nanoTime();
      while (!stopped) {
        News next = poll(due - System.nanoTime());
        boolean all = next == null || next instanceof LookAtAll;
        if (next instanceof Raw raw) {
          all = tell(raw);
        }
        if (all) {
          Duration pause = look() ? pollingInterval : RETRY_WHEN_AWAY;
          due = System.nanoTime() + pause.toNanos();
        }
      }
    } catch (InterruptedException e) {
      log.debug("mempool monitor interrupted");
    }
  }

  /** Tells of a transaction and those behind it; the answer is whether to look at all then. */
  private boolean tell(Raw first) throws InterruptedException {
    Thread.sleep(LINGER_MILLIS);
    List<MempoolTransaction> transactions = new ArrayList<>();
    int bytes = 0;
    boolean all = false;
    News next = first;
    while (next != null) {
      switch (next) {
        case LookAtAll look -> all = true;
        case Raw(byte[] raw) -> {
          add(raw, transactions);
          bytes += raw.length;
        }
      }
      next = bytes < BATCH_BYTES ? poll(0) : null;
    }
    listener.onChainEvent(new ChainEvent.MempoolSeen(transactions, false));
    return all;
  }

  private static void add(byte[] raw, List<MempoolTransaction> transactions) {
    try {
      transactions.add(new MempoolTransaction(RawTransactions.txid(raw), raw));
    } catch (IllegalArgumentException e) {
      log.warn("what the ZMQ feed brings is no transaction: {}", e.getMessage());
    }
  }

  private boolean look() throws InterruptedException {
    try {
      List<MempoolTransaction> all = new ArrayList<>();
      blocks.mempool().forEach(txid -> all.add(new MempoolTransaction(txid, null)));
      listener.onChainEvent(new ChainEvent.MempoolSeen(all, true));
      return true;
    } catch (BitcoindException e) {
      node.failed(e);
      return e instanceof BitcoindException.MethodForbidden; // asking again soon would not help
    }
  }

  /** Has it tell of nothing more than what it is telling now; returns at once. */
  public void stop() {
    stopped = true;
    if (feed != null) {
      feed.close();
    }
    news.clear();
    room.release(QUEUED_BYTES); // for the feed, which may be waiting
    wake();
  }

  /** Stops following, after the event that is being told. */
  public void terminate() throws InterruptedException {
    stop();
    Thread running = thread;
    if (running != null && !running.join(Duration.ofSeconds(5))) {
      running.interrupt();
      running.join();
    }
  }
}
