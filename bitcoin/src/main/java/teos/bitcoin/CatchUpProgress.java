package teos.bitcoin;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the progress of catching up with 100 blocks or more. */
final class CatchUpProgress {

  private static final Logger log = LoggerFactory.getLogger(CatchUpProgress.class);
  private static final int MIN_BLOCKS = 100;
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private boolean active;
  private int startHeight;
  private long startNanos;
  private long lastLogNanos;

  /** Starts logging if the blocks above {@code height}, up to {@code best}, are enough. */
  void start(int height, int best) {
    if (!active && best - height >= MIN_BLOCKS) {
      active = true;
      startHeight = height;
      startNanos = System.nanoTime();
      lastLogNanos = startNanos;
      log.atInfo()
          .addKeyValue("blocks", best - height)
          .addKeyValue("from", height + 1)
          .addKeyValue("to", best)
          .log("catching up");
    }
  }

  /** Logs, at most each 5 s, that block {@code height} of {@code best} has been processed. */
  void update(int height, int best) {
    long now = System.nanoTime();
    if (active && now - lastLogNanos >= INTERVAL_NANOS) {
      lastLogNanos = now;
      log.atInfo()
          .addKeyValue("height", height)
          .addKeyValue("to", best)
          .addKeyValue("percent", 100L * (height - startHeight) / Math.max(1, best - startHeight))
          .addKeyValue("blocks_per_s", rate(height, now))
          .log("still catching up");
    }
  }

  /** Logs that all blocks up to {@code height}, bitcoind's best block, have been processed. */
  void finish(int height) {
    if (active) {
      long now = System.nanoTime();
      log.atInfo()
          .addKeyValue("height", height)
          .addKeyValue("blocks", height - startHeight)
          .addKeyValue("seconds", TimeUnit.NANOSECONDS.toSeconds(now - startNanos))
          .addKeyValue("blocks_per_s", rate(height, now))
          .log("caught up");
    }
    active = false;
  }

  private long rate(int height, long now) {
    return TimeUnit.SECONDS.toNanos(height - startHeight) / Math.max(1, now - startNanos);
  }
}
