package teos.bitcoin;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.HostPort;

/**
 * Follows bitcoind's best chain and reports each block that is connected or disconnected to a
 * {@link ChainListener}, in order and exactly once.
 *
 * <p>It polls when the ZMQ feed announces a block, and at each polling interval in case the feed
 * fails. The result is the same: new events are always derived from the last reported blocks and
 * bitcoind's answers.
 *
 * <p>A bitcoind that is behind, or on another chain, is not a reorg: the monitor reports no event,
 * and {@link NodeStatus} has the problem until it is fixed.
 */
public final class ChainMonitor {

  private static final Logger log = LoggerFactory.getLogger(ChainMonitor.class);
  private static final Duration RETRY_WHEN_UNAVAILABLE = Duration.ofSeconds(1);

  /** Longer, because a bitcoind that answers but cannot be used gets several calls per attempt. */
  private static final Duration RETRY_WHEN_UNUSABLE = Duration.ofSeconds(3);

  /** Blocks whose hashes are fetched in one batch. */
  private static final int HASH_BATCH_SIZE = 500;

  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final ChainListener listener;
  private final String genesis;
  private final Duration pollingInterval;
  private final @Nullable ZmqFeed feed;
  private final Semaphore wake = new Semaphore(0);
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final LivenessProbe liveness;
  private final CatchUpProgress progress = new CatchUpProgress();
  private final KnownBlocks known;

  private volatile @Nullable Thread thread;
  private volatile @Nullable BlockFetcher fetcher;
  private volatile boolean stopped;
  private volatile BlockId tip;
  private volatile int bestHeight;
  private volatile Duration retryInterval = RETRY_WHEN_UNAVAILABLE;

  /**
   * @param node gets the result of each attempt to follow the chain
   * @param known the last blocks that the listener has processed, in ascending order of height, the
   *     tip last
   * @param genesis hash of the network's genesis block, display order
   * @param pollingInterval time between two polls
   * @param feedAddress address of bitcoind's {@code zmqpubhashblock}; null to only poll
   */
  public ChainMonitor(
      BlockProcessor blocks,
      NodeStatus node,
      ChainListener listener,
      List<BlockId> known,
      String genesis,
      Duration pollingInterval,
      @Nullable HostPort feedAddress) {
    this.blocks = blocks;
    this.node = node;
    this.listener = listener;
    this.liveness = new LivenessProbe(blocks, node);
    this.known = new KnownBlocks(known);
    this.tip = this.known.tip();
    this.bestHeight = tip.height();
    this.genesis = genesis;
    this.pollingInterval = pollingInterval;
    this.feed = feedAddress == null ? null : new ZmqFeed(feedAddress, "hashblock", new FromFeed());
  }

  private final class FromFeed implements ZmqFeed.Subscriber {
    @Override
    public void subscribed() {
      wake();
    }

    @Override
    public void disconnected() {
      node.requestCheck();
    }

    @Override
    public void message(byte[] hash, int number) {
      wake();
    }
  }

  /** Returns the last block that was reported to the listener. */
  public BlockId tip() {
    return tip;
  }

  /** Returns the height of bitcoind's best block at the last poll. */
  public int bestHeight() {
    return bestHeight;
  }

  /** Returns whether the ZMQ feed of blocks is connected; empty if there is no feed. */
  public Optional<Boolean> feedConnected() {
    return Optional.ofNullable(feed).map(ZmqFeed::isConnected);
  }

  /**
   * Returns the last reported block that is still in the best chain.
   *
   * @throws BitcoindException.WrongChain if there is none
   */
  public BlockId lastCommonAncestor() throws BitcoindException {
    ChainInfo info = blocks.chainInfo();
    return blocks.findLastCommonAncestor(known.all()).orElseThrow(() -> noCommonBlock(info));
  }

  /**
   * Reports all new events in the calling thread. Must be called before {@link #start}.
   *
   * @throws BitcoindException if bitcoind does not answer, is behind or cannot be used; the next
   *     call continues after the last reported event
   */
  public void catchUp() throws BitcoindException, InterruptedException {
    while (!stopped) {
      ChainInfo info = blocks.chainInfo();
      bestHeight = info.best().height();
      if (!info.best().equals(tip)) {
        if (blocks.isInBestChain(tip)) {
          connect(info.best());
        } else {
          disconnect(info);
        }
        continue;
      }
      progress.finish(tip.height());
      if (info.isSyncing()) {
        throw behind(info);
      }
      return;
    }
  }

  /** Reports the next blocks, up to one batch of hashes; the caller polls again. */
  private void connect(BlockId best) throws BitcoindException, InterruptedException {
    int first = tip.height() + 1;
    progress.start(tip.height(), best.height());
    List<BlockId> next =
        first == best.height()
            ? List.of(best)
            : blocks.blocks(first, Math.min(best.height(), tip.height() + HASH_BATCH_SIZE));
    try (BlockFetcher prefetched = new BlockFetcher(blocks, next)) {
      fetcher = prefetched;
      for (int i = 0; i < next.size() && !stopped; i++) {
        ConnectedBlock block = prefetched.next();
        if (!block.previousHash().equals(tip.hash())) {
          return; // a reorg happened meanwhile
        }
        boolean catchingUp = block.height() < best.height();
        listener.onChainEvent(new ChainEvent.BlockConnected(block, catchingUp));
        known.add(block.id());
        tip = block.id();
        progress.update(tip.height(), best.height());
      }
    } catch (CancellationException e) {
      log.debug("stopped while catching up");
    } finally {
      fetcher = null;
    }
  }

  private void disconnect(ChainInfo info) throws BitcoindException, InterruptedException {
    requireNetwork();
    Optional<BlockId> found = blocks.findLastCommonAncestor(known.all());
    BlockId ancestor = found.orElseThrow(() -> noCommonBlock(info));
    if (info.best().height() < tip.height() && !isReorg(info, ancestor)) {
      throw behind(info);
    }
    while (!tip.equals(ancestor) && !stopped) {
      disconnectTip();
    }
  }

  /**
   * Returns whether a best chain below the tower's tip is a reorg. It is not if bitcoind merely
   * ends earlier on the same chain, unless the rest was invalidated there; and not if bitcoind is
   * still syncing and may not know the tower's branch yet.
   */
  private boolean isReorg(ChainInfo info, BlockId ancestor) throws BitcoindException {
    return (info.isSynced() && !ancestor.equals(info.best())) || blocks.isInvalid(tip);
  }

  private void disconnectTip() throws BitcoindException, InterruptedException {
    BlockId disconnected = tip;
    Optional<BlockId> knownParent = known.belowTip();
    BlockId parent = knownParent.isPresent() ? knownParent.get() : blocks.parent(disconnected);
    log.atWarn()
        .addKeyValue("block", disconnected.hash())
        .addKeyValue("height", disconnected.height())
        .log("block disconnected from the best chain");
    listener.onChainEvent(new ChainEvent.BlockDisconnected(disconnected, parent));
    known.removeTip(parent);
    tip = parent;
  }

  private void requireNetwork() throws BitcoindException {
    String found = blocks.blockHash(0).orElse("none");
    if (!found.equals(genesis)) {
      throw new BitcoindException.WrongNetwork(
          "bitcoind at "
              + blocks.endpoint()
              + " is on another network: its genesis block is "
              + found
              + ", and the tower's is "
              + genesis
              + ". Set btc_rpc_connect and btc_rpc_port to the"
              + " right bitcoind");
    }
  }

  private void requireMethods() throws BitcoindException {
    List<String> missing = blocks.missingMethods(RpcMethods.REQUIRED);
    if (!missing.isEmpty()) {
      throw BitcoindException.MethodForbidden.of(missing.getFirst(), blocks.endpoint());
    }
  }

  private BitcoindException noCommonBlock(ChainInfo info) {
    if (info.best().height() < known.lowest().height() && !info.isSynced()) {
      return behind(info);
    }
    return new BitcoindException.WrongChain(
        "bitcoind at "
            + blocks.endpoint()
            + " is on another chain: its best block is "
            + info.best()
            + ", and it has none of the blocks from "
            + known.lowest()
            + " to "
            + tip
            + " that the tower has seen. Set btc_rpc_connect and btc_rpc_port to the right"
            + " bitcoind. If this chain is the right one, restart the tower with --forceupdate: it"
            + " continues from there, and breaches in earlier blocks are MISSED");
  }

  private BitcoindException behind(ChainInfo info) {
    return new BitcoindException.OutOfSync(
        "bitcoind is out of sync: it is at block "
            + info.best().height()
            + " of "
            + Math.max(info.headers(), tip.height()));
  }

  /** Sets the time between two attempts while bitcoind is unavailable; the default is 1 s. */
  public void setRetryInterval(Duration interval) {
    retryInterval = interval;
  }

  /** Starts following the chain in its own thread. */
  public void start() {
    node.onFailure(this::wake); // retry until bitcoind is back, whichever component found it down
    node.onCheckRequest(liveness::checkNow);
    liveness.start();
    if (feed != null) {
      feed.start();
    }
    thread = Thread.ofVirtual().name("chain-monitor").start(this::run);
  }

  private void run() {
    try {
      boolean woken = true; // blocks that are new at the start were not missed by the feed
      while (!stopped) {
        BlockId before = tip;
        Duration pause = poll();
        if (feed != null && !woken && !tip.equals(before)) {
          log.atWarn()
              .addKeyValue("block", tip.hash())
              .addKeyValue("height", tip.height())
              .log("ZMQ feed has missed a block; reconnecting");
          feed.reconnect();
        }
        if (pause.isZero()) {
          woken = wake.tryAcquire(pollingInterval.toMillis(), TimeUnit.MILLISECONDS);
          // A component that found bitcoind down may have woken this thread. If bitcoind answers
          // here but not there, do not poll without a pause.
          pause = node.isHealthy() ? Duration.ZERO : retryInterval;
        } else {
          woken = true;
        }
        if (!pause.isZero() && stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        wake.drainPermits();
      }
    } catch (InterruptedException e) {
      log.debug("chain monitor interrupted");
    }
  }

  /** Reports new events; returns the time until the next attempt, zero on success. */
  private Duration poll() throws InterruptedException {
    try {
      if (!node.isHealthy()) {
        requireNetwork(); // another bitcoind may answer now
        requireMethods();
      }
      catchUp();
      if (!stopped && node.recordSuccess()) {
        log.atInfo().addKeyValue("height", tip.height()).log("bitcoind is available again");
        listener.onChainEvent(new ChainEvent.NodeReachable());
      }
      return Duration.ZERO;
    } catch (BitcoindException e) {
      node.recordOutage(e);
      return switch (e) {
        case BitcoindException.OutOfSync outOfSync -> RETRY_WHEN_UNUSABLE;
        case BitcoindException.CallFailed failed -> RETRY_WHEN_UNUSABLE;
        case BitcoindException.Unusable unusable -> RETRY_WHEN_UNUSABLE;
        default -> retryInterval;
      };
    } catch (RuntimeException e) {
      // A bug in a listener must not end the only thread that detects breaches.
      log.error("cannot follow the chain; retrying", e);
      return retryInterval;
    }
  }

  /** Requests a poll at once; returns without waiting for it. */
  public void wake() {
    wake.release();
  }

  /** Stops after the event that the listener is handling; returns at once. */
  public void stop() {
    stopped = true;
    liveness.stop();
    stopping.countDown();
    BlockFetcher prefetched = fetcher;
    if (prefetched != null) {
      prefetched.close();
    }
    if (feed != null) {
      feed.close();
    }
    wake.release();
  }

  /** Stops after the event that the listener is handling, and waits for the end of the thread. */
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
