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
 * Follows bitcoind's best chain and tells a {@link ChainListener} of each block that joins or
 * leaves it, in order, none left out and none twice.
 *
 * <p>It looks when the ZMQ feed says that there is a new block, and each polling interval in case
 * the feed says nothing. Which of the two it was makes no difference: what is new is always worked
 * out from the last blocks told and bitcoind's answers.
 *
 * <p>A bitcoind that is behind, or on another chain, is no reorg: nothing is told of it, and {@link
 * NodeStatus} says what is wrong until it is right again.
 */
public final class ChainMonitor {

  private static final Logger log = LoggerFactory.getLogger(ChainMonitor.class);
  private static final Duration RETRY_WHEN_AWAY = Duration.ofSeconds(1);

  /** Of a bitcoind that answers, and cannot be used yet, more is asked: so less often. */
  private static final Duration RETRY_WHEN_UNUSABLE = Duration.ofSeconds(3);

  /** Blocks whose hashes are asked for at once. */
  private static final int WINDOW = 500;

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
  private volatile Duration retryWhenAway = RETRY_WHEN_AWAY;

  /**
   * @param known the last blocks that the listener knows, each the next one's parent, the last one
   *     the tip
   * @param genesis hash of the network's first block, display order
   * @param feedAddress of bitcoind's {@code zmqpubhashblock}, or null for polling alone
   * @param node where it is noted what bitcoind is like
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
    public void listening() {
      wake();
    }

    @Override
    public void lost() {
      node.checkNow();
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

  /** Height of bitcoind's best block when it was asked last. */
  public int bestHeight() {
    return bestHeight;
  }

  /** Whether the ZMQ feed of blocks is connected; empty if there is to be none. */
  public Optional<Boolean> feedConnected() {
    return Optional.ofNullable(feed).map(ZmqFeed::isConnected);
  }

  /**
   * The last block told that is in the best chain still.
   *
   * @throws BitcoindException.WrongChain if none is
   */
  public BlockId lastCommonAncestor() throws BitcoindException {
    ChainInfo info = blocks.chainInfo();
    return blocks.findLastCommonAncestor(known.all()).orElseThrow(() -> nothingInCommon(info));
  }

  /**
   * Tells the listener of all that is new, now, in this thread: for the time before {@link #start}.
   *
   * @throws BitcoindException if bitcoind does not answer, is behind or is unfit; what was told
   *     until then stays told, and the next call goes on from there
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
      progress.done(tip.height());
      if (info.isSyncing()) {
        throw behind(info);
      }
      return;
    }
  }

  /** As many blocks as can be taken in one go; the caller looks again. */
  private void connect(BlockId best) throws BitcoindException, InterruptedException {
    int first = tip.height() + 1;
    progress.missing(tip.height(), best.height());
    List<BlockId> next =
        first == best.height()
            ? List.of(best)
            : blocks.blocks(first, Math.min(best.height(), tip.height() + WINDOW));
    try (BlockFetcher ahead = new BlockFetcher(blocks, next)) {
      fetcher = ahead;
      for (int i = 0; i < next.size() && !stopped; i++) {
        ConnectedBlock block = ahead.next();
        if (!block.previousHash().equals(tip.hash())) {
          return; // another chain has become the best one since
        }
        boolean more = block.height() < best.height();
        listener.onChainEvent(new ChainEvent.BlockConnected(block, more));
        known.add(block.id());
        tip = block.id();
        progress.at(tip.height(), best.height());
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
    BlockId ancestor = found.orElseThrow(() -> nothingInCommon(info));
    if (info.best().height() < tip.height() && !hasLeftTip(info, ancestor)) {
      throw behind(info);
    }
    while (!tip.equals(ancestor) && !stopped) {
      disconnectTip();
    }
  }

  /**
   * Whether a chain that is lower than the tower's takes its place. One that merely ends earlier
   * does not, unless bitcoind has been told that the rest is invalid; and neither does a branch of
   * a bitcoind that has yet to hear of the others.
   */
  private boolean hasLeftTip(ChainInfo info, BlockId ancestor) throws BitcoindException {
    return (info.isSynced() && !ancestor.equals(info.best())) || blocks.isInvalid(tip);
  }

  private void disconnectTip() throws BitcoindException, InterruptedException {
    BlockId left = tip;
    Optional<BlockId> under = known.underTip();
    BlockId parent = under.isPresent() ? under.get() : blocks.parent(left);
    log.warn("block {} has left the best chain", left);
    listener.onChainEvent(new ChainEvent.BlockDisconnected(left, parent));
    known.removeTip(parent);
    tip = parent;
  }

  private void requireNetwork() throws BitcoindException {
    String found = blocks.blockHash(0).orElse("none");
    if (!found.equals(genesis)) {
      throw new BitcoindException.WrongNetwork(
          "bitcoind at "
              + blocks.endpoint()
              + " is on another network: its first block is "
              + found
              + ", and the tower's is "
              + genesis
              + ". Have btc_rpc_connect and btc_rpc_port lead to"
              + " the right one");
    }
  }

  private void requireMethods() throws BitcoindException {
    List<String> missing = blocks.missing(RpcMethods.REQUIRED);
    if (!missing.isEmpty()) {
      throw BitcoindException.MethodForbidden.of(missing.getFirst(), blocks.endpoint());
    }
  }

  private BitcoindException nothingInCommon(ChainInfo info) {
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
            + " that the tower has seen. Have btc_rpc_connect and btc_rpc_port lead to the right"
            + " one; or, if this chain is the right one, start the tower again with --forceupdate,"
            + " with which it goes on from there and breaches before are MISSED");
  }

  private BitcoindException behind(ChainInfo info) {
    return new BitcoindException.OutOfSync(
        "bitcoind is out of sync: it is at block "
            + info.best().height()
            + " of "
            + Math.max(info.headers(), tip.height()));
  }

  /** Has it ask a bitcoind that is away again after {@code pause}, in place of a second. */
  public void retryAfter(Duration pause) {
    retryWhenAway = pause;
  }

  /** Starts following the chain in a thread of its own. */
  public void start() {
    node.onFailure(this::wake); // whoever finds bitcoind away has it asked until it is back
    node.onDoubt(liveness::checkNow);
    liveness.start();
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
        Duration pause = look();
        if (feed != null && !told && !tip.equals(before)) {
          log.warn("the ZMQ feed has not told of block {}, listening anew", tip);
          feed.missed();
        }
        if (pause.isZero()) {
          told = wake.tryAcquire(pollingInterval.toMillis(), TimeUnit.MILLISECONDS);
          // Whoever has found bitcoind away has woken it: a bitcoind that answers the one and not
          // the
          // other must not be asked without a break.
          pause = node.reachable() ? Duration.ZERO : retryWhenAway;
        } else {
          told = true;
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

  /** The answer is how long to leave bitcoind alone; zero if all is well. */
  private Duration look() throws InterruptedException {
    try {
      if (!node.reachable()) {
        requireNetwork(); // it may be another one that answers now
        requireMethods();
      }
      catchUp();
      if (!stopped && node.answered()) {
        log.info("bitcoind answers again, at block {}", tip);
        listener.onChainEvent(new ChainEvent.NodeReachable());
      }
      return Duration.ZERO;
    } catch (BitcoindException e) {
      node.unusable(e);
      return switch (e) {
        case BitcoindException.OutOfSync behind -> RETRY_WHEN_UNUSABLE;
        case BitcoindException.CallFailed failed -> RETRY_WHEN_UNUSABLE;
        case BitcoindException.Unusable unfit -> RETRY_WHEN_UNUSABLE;
        default -> retryWhenAway;
      };
    } catch (RuntimeException e) {
      // The one thread that sees breaches must not end by a bug in what it calls.
      log.error("cannot follow the chain, trying again", e);
      return retryWhenAway;
    }
  }

  /** Has the monitor look at the chain at once. */
  public void wake() {
    wake.release();
  }

  /** Has it tell of nothing more than what it is telling now; returns at once. */
  public void stop() {
    stopped = true;
    liveness.stop();
    stopping.countDown();
    BlockFetcher ahead = fetcher;
    if (ahead != null) {
      ahead.close();
    }
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
