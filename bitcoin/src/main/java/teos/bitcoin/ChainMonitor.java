package teos.bitcoin;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows bitcoind's best chain and tells a {@link ChainListener} of each block that joins or leaves
 * it, in order, none left out and none twice.
 *
 * <p>It looks when the ZMQ feed says that there is a new block, and each polling interval in case
 * the feed says nothing. Which of the two it was makes no difference: what is new is always worked
 * out from the last block told and bitcoind's answers.
 */
public final class ChainMonitor {

  private static final Logger log = LoggerFactory.getLogger(ChainMonitor.class);
  private static final Duration RETRY_WHEN_AWAY = Duration.ofSeconds(1);

  /** Blocks of catching up after which the log says how far it has come. */
  private static final int PROGRESS_STEP = 100;

  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final ChainListener listener;
  private final Duration pollingInterval;
  private final @Nullable ZmqFeed feed;
  private final Semaphore wake = new Semaphore(0);

  private volatile @Nullable Thread thread;
  private volatile boolean stopped;
  private volatile BlockId tip;

  /**
   * @param tip the last block that the listener knows
   * @param zmqEndpoint bitcoind's {@code zmqpubhashblock}, such as {@code tcp://127.0.0.1:28332}, or
   *     null for polling alone
   * @param node where bitcoind's being away and back is noted
   */
  public ChainMonitor(
      BlockProcessor blocks,
      NodeStatus node,
      ChainListener listener,
      BlockId tip,
      Duration pollingInterval,
      @Nullable String zmqEndpoint) {
    this.blocks = blocks;
    this.node = node;
    this.listener = listener;
    this.tip = tip;
    this.pollingInterval = pollingInterval;
    this.feed = zmqEndpoint == null ? null : new ZmqFeed(zmqEndpoint, "hashblock", new FromFeed());
  }

  private final class FromFeed implements ZmqFeed.Subscriber {
    @Override
    public void listening() {
      wake();
    }

    @Override
    public void message(byte[] hash, int number) {
      wake();
    }
  }

  /** The last block told to the listener. */
  public BlockId tip() {
    return tip;
  }

  /**
   * Tells the listener of all that is new, now, in this thread: for the time before {@link #start}.
   *
   * @throws BitcoindException if bitcoind does not answer; what was told until then stays told, and
   *     the next call goes on from there
   */
  public void catchUp() throws BitcoindException, InterruptedException {
    BlockId from = tip;
    for (String best = blocks.bestBlockHash(); !best.equals(tip.hash()) && !stopped;
        best = blocks.bestBlockHash()) {
      if (blocks.isInBestChain(tip)) {
        connectNext(from);
      } else {
        disconnectTip();
      }
    }
  }

  private void connectNext(BlockId from) throws BitcoindException, InterruptedException {
    int height = tip.height() + 1;
    Optional<String> hash = blocks.blockHash(height);
    if (hash.isEmpty()) {
      return; // the chain has become shorter since: the caller looks again
    }
    BlockId id = new BlockId(hash.get(), height);
    ConnectedBlock block = blocks.fetch(id);
    if (!block.previousHash().equals(tip.hash())) {
      return; // another chain has become the best one since: the caller looks again
    }
    listener.onChainEvent(new ChainEvent.BlockConnected(block, false));
    tip = id;
    if ((height - from.height()) % PROGRESS_STEP == 0) {
      log.info("catching up: at block {}", height);
    }
  }

  private void disconnectTip() throws BitcoindException, InterruptedException {
    BlockId parent = blocks.parent(tip);
    log.warn("block {} has left the best chain", tip);
    listener.onChainEvent(new ChainEvent.BlockDisconnected(tip, parent));
    tip = parent;
  }

  /** Starts following the chain in a thread of its own. */
  public void start() {
    node.onFailure(this::wake); // whoever finds bitcoind away has it asked until it is back
    if (feed != null) {
      feed.start();
    }
    thread = Thread.ofVirtual().name("chain-monitor").start(this::run);
  }

  private void run() {
    try {
      boolean told = true; // what is new at the start is no fault of the feed's
      while (!stopped) {
        BlockId before = tip;
        boolean answered = look();
        if (feed != null && !told && !tip.equals(before)) {
          log.warn("the ZMQ feed has not told of block {}, listening anew", tip);
          feed.missed();
        }
        Duration pause = answered ? pollingInterval : RETRY_WHEN_AWAY;
        told = wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
      }
    } catch (InterruptedException e) {
      log.debug("chain monitor interrupted");
    }
  }

  private boolean look() throws InterruptedException {
    try {
      catchUp();
      if (node.answered()) {
        log.info("bitcoind answers again");
        listener.onChainEvent(new ChainEvent.NodeReachable());
      }
      return true;
    } catch (BitcoindException e) {
      node.failed(e);
      return false;
    } catch (RuntimeException e) {
      // The one thread that sees breaches must not end by a bug in what it calls.
      log.error("cannot follow the chain, trying again", e);
      return false;
    }
  }

  /** Has the monitor look at the chain at once. */
  public void wake() {
    wake.release();
  }

  /** Has it tell of nothing more than what it is telling now; returns at once. */
  public void stop() {
    stopped = true;
    if (feed != null) {
      feed.close();
    }
    wake.release();
  }

  /** Stops following, after the event that is being told. */
  public void terminate() throws InterruptedException {
    stop();
    Thread running = thread;
    if (running != null) {
      if (!running.join(Duration.ofSeconds(5))) {
        running.interrupt();
        running.join();
      }
    }
  }
}
