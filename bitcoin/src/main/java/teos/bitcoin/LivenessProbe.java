package teos.bitcoin;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Periodic check whether bitcoind still answers, in a thread of its own, so that {@link NodeStatus}
 * is at most five seconds behind: {@link #INTERVAL}, and twice {@link RpcHttpClients#PING_TIMEOUT}
 * for a bitcoind that is frozen. A lost ZMQ feed triggers a check at once.
 *
 * <p>It only finds failures. Recovery is the chain monitor's, which knows what was missed.
 */
final class LivenessProbe {

  private static final Logger log = LoggerFactory.getLogger(LivenessProbe.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final Semaphore due = new Semaphore(0);
  private volatile boolean stopped;

  LivenessProbe(BlockProcessor blocks, NodeStatus node) {
    this.blocks = blocks;
    this.node = node;
  }

  void start() {
    Thread.ofVirtual().name("bitcoind-liveness").start(this::run);
  }

  /** Has bitcoind checked at once; returns without waiting for that. */
  void checkNow() {
    due.release();
  }

  private void run() {
    try {
      while (!stopped) {
        boolean asked = due.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        due.drainPermits();
        log.trace("checking bitcoind, asked for: {}", asked);
        if (!stopped && node.reachable()) {
          check();
        }
      }
    } catch (InterruptedException e) {
      log.debug("liveness probe interrupted");
    }
  }

  private void check() {
    try {
      if (!answers()) {
        blocks.ping(); // a pause of this machine's must not look like a bitcoind that is away
      }
    } catch (BitcoindException e) {
      node.failed(e);
    } catch (RuntimeException e) {
      log.error("cannot check bitcoind", e);
    }
  }

  private boolean answers() {
    try {
      blocks.ping();
      return true;
    } catch (BitcoindException e) {
      return false;
    }
  }

  void stop() {
    stopped = true;
    checkNow();
  }
}
