package teos.bitcoin;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Periodic liveness check of bitcoind in its own thread, so that {@link NodeStatus} is at most five
 * seconds behind: {@link #INTERVAL}, and twice {@link RpcHttpClients#PING_TIMEOUT} for a bitcoind
 * that hangs. A lost ZMQ connection triggers a check at once.
 *
 * <p>It only detects failures. {@link ChainMonitor} detects the recovery, because it must catch up
 * with the missed blocks first.
 */
final class LivenessProbe {

  private static final Logger log = LoggerFactory.getLogger(LivenessProbe.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final Semaphore requests = new Semaphore(0);
  private volatile boolean stopped;

  LivenessProbe(BlockProcessor blocks, NodeStatus node) {
    this.blocks = blocks;
    this.node = node;
  }

  void start() {
    Thread.ofVirtual().name("bitcoind-liveness").start(this::run);
  }

  /** Requests a check at once; returns without waiting for it. */
  void checkNow() {
    requests.release();
  }

  private void run() {
    try {
      while (!stopped) {
        boolean requested = requests.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        requests.drainPermits();
        log.atTrace().addKeyValue("requested", requested).log("checking bitcoind");
        if (!stopped && node.isHealthy()) {
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
        blocks.ping(); // again, because a pause of this process may have caused the timeout
      }
    } catch (BitcoindException e) {
      node.recordFailure(e);
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
