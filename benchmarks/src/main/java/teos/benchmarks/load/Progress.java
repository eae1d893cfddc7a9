package teos.benchmarks.load;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;

/** Says now and then how far something long has come. */
final class Progress {

  private static final int PARTS = 4;

  private final PrintStream out;
  private final String what;
  private final int count;
  private final AtomicInteger done = new AtomicInteger();

  Progress(PrintStream out, String what, int count) {
    this.out = out;
    this.what = what;
    this.count = count;
  }

  /** One more is done. */
  void step() {
    int now = done.incrementAndGet();
    if (now % Math.max(5_000, count / PARTS) == 0) {
      out.printf("... %s: %,d of %,d%n", what, now, count);
    }
  }
}
