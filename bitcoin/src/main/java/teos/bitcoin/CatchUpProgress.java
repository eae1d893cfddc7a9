package teos.bitcoin;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log how far a long catching up has come. Of a few blocks it says nothing. */
final class CatchUpProgress {

  private static final Logger log = LoggerFactory.getLogger(CatchUpProgress.class);
  private static final int WORTH_TELLING = 100;
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private boolean told;
  private int from;
  private long start;
  private long lastTold;

  /** Blocks over {@code height} are to be caught up with, up to {@code best} for now. */
  void missing(int height, int best) {
    if (!told && best - height >= WORTH_TELLING) {
      told = true;
      from = height;
      start = System.nanoTime();
      lastTold = start;
      log.info("catching up: {} blocks, {} to {}", best - height, height + 1, best);
    }
  }

  /** Block {@code height} of {@code best} has been handed on. */
  void at(int height, int best) {
    long now = System.nanoTime();
    if (told && now - lastTold >= INTERVAL_NANOS) {
      lastTold = now;
      log.info(
          "catching up: block {} of {}, {} %, {} blocks/s",
          height, best, 100L * (height - from) / Math.max(1, best - from), rate(height, now));
    }
  }

  /** There is nothing more to catch up with than {@code height}. */
  void done(int height) {
    if (told) {
      long now = System.nanoTime();
      log.info(
          "caught up: {} blocks in {} s, {} blocks/s",
          height - from,
          TimeUnit.NANOSECONDS.toSeconds(now - start),
          rate(height, now));
    }
    told = false;
  }

  private long rate(int height, long now) {
    return TimeUnit.SECONDS.toNanos(height - from) / Math.max(1, now - start);
  }
}
