package teos.teosd.node;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.ChainEvent;
import teos.bitcoin.ChainListener;
import teos.teosd.web.ReorgStats;
import teos.tower.BlockQueue;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.Responder;
import teos.tower.watcher.Watcher;

/**
 * Path of the chain's events through the tower: the gatekeeper and the watcher process each in one
 * thread, and the responder after them in another. Each thread has a {@link BlockQueue}, so that a
 * tower that is catching up keeps few blocks in memory.
 */
public final class ChainPipeline {

  private final Gatekeeper gatekeeper;
  private final Watcher watcher;
  private final Responder responder;
  private final BlockQueue watcherQueue = new BlockQueue();
  private final BlockQueue responderQueue = new BlockQueue();
  private final ReorgStats reorgs = new ReorgStats();
  private volatile int processedHeight;
  private @Nullable Thread watcherThread;
  private @Nullable Thread responderThread;
  private Runnable onNodeReachable = () -> {};

  /**
   * @param processedHeight of the last block that the tower has processed
   */
  ChainPipeline(Gatekeeper gatekeeper, Watcher watcher, Responder responder, int processedHeight) {
    this.gatekeeper = gatekeeper;
    this.watcher = watcher;
    this.responder = responder;
    this.processedHeight = processedHeight;
  }

  /** Returns the queue that the monitors of chain and mempool feed. */
  ChainListener entrance() {
    return watcherQueue;
  }

  /**
   * Starts both threads.
   *
   * @param onNodeReachable runs when bitcoind answers again
   */
  public void start(Runnable onNodeReachable) {
    this.onNodeReachable = onNodeReachable;
    watcherThread = watcherQueue.start("watcher", this::watch);
    responderThread = responderQueue.start("responder", this::respond);
  }

  /** Returns the thread in which the watcher processes blocks; null before {@link #start}. */
  public @Nullable Thread watcherThread() {
    return watcherThread;
  }

  /** Returns the thread in which the responder processes blocks; null before {@link #start}. */
  public @Nullable Thread responderThread() {
    return responderThread;
  }

  /** Returns the height of the last block that the responder, and so the tower, has processed. */
  int processedHeight() {
    return processedHeight;
  }

  ReorgStats reorgs() {
    return reorgs;
  }

  /**
   * Subscriptions expire before the block is searched, so that only active appointments are
   * watched.
   */
  private void watch(ChainEvent event) throws InterruptedException {
    switch (event) {
      case ChainEvent.BlockConnected connected -> {
        reorgs.connected();
        gatekeeper.blockConnected(connected.block().height());
        watcher.blockConnected(connected.block(), connected.catchingUp());
      }
      case ChainEvent.BlockDisconnected disconnected -> {
        reorgs.disconnected();
        watcher.blockDisconnected(disconnected.block());
        gatekeeper.blockDisconnected(disconnected.block().height());
      }
      case ChainEvent.MempoolSeen seen -> watcher.mempoolSeen(seen.transactions(), seen.snapshot());
      case ChainEvent.NodeReachable reachable -> onNodeReachable.run();
    }
    responderQueue.onChainEvent(event);
  }

  private void respond(ChainEvent event) {
    switch (event) {
      case ChainEvent.BlockConnected connected -> {
        responder.blockConnected(connected.block(), connected.catchingUp());
        processedHeight = connected.block().height();
      }
      case ChainEvent.BlockDisconnected disconnected -> {
        responder.blockDisconnected(disconnected.block(), disconnected.parent());
        processedHeight = disconnected.parent().height();
      }
      case ChainEvent.MempoolSeen seen ->
          responder.mempoolSeen(seen.transactions(), seen.snapshot());
      case ChainEvent.NodeReachable reachable -> responder.resendUnconfirmed();
    }
  }

  /** Blocks until every event that is currently in the queues has been processed. */
  public void awaitQueues() throws InterruptedException {
    for (BlockQueue queue : new BlockQueue[] {watcherQueue, responderQueue}) {
      CountDownLatch drained = new CountDownLatch(1);
      queue.afterAll(drained::countDown);
      drained.await();
    }
  }

  /** Blocks as {@link #awaitQueues} does, and until all penalties that are due have been sent. */
  public void awaitIdle() throws InterruptedException {
    awaitQueues();
    responder.awaitIdle();
  }

  /**
   * Stops retrying failed events in both queues. Must run before the monitors are stopped: the
   * watcher may be waiting for room in the responder's queue.
   */
  public void stopRetrying() {
    watcherQueue.stopRetrying();
    responderQueue.stopRetrying();
  }

  /** Processes the remaining events, and ends both threads. */
  void finish() throws InterruptedException {
    if (watcherThread != null) {
      watcherQueue.finish(watcherThread);
    }
    if (responderThread != null) {
      responderQueue.finish(responderThread);
    }
  }
}
