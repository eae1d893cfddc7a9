package teos.benchmarks.load;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;

/** Prints the progress of a long task from time to time. */
final class Progress {

  private static final int PARTS = 4;

  private final PrintStream out;
  private final String label;
  private final int count;
  private final AtomicInteger done = new AtomicInteger();

  Progress(PrintStream out, String what, int count) {
    this.out = out;
    this.label = what;
    this.count = count;
  }

  /** Counts one more finished step. */
  void step() {
    int now = done.incrementAndGet();
    if (now % Math.max(5_000, count / PARTS) == 0) {
      out.printf("... %s: %,d of %,d%n", label, now, count);
    }
  }
}
