package teos.teosd.node;

import java.util.Locale;
import java.util.function.Supplier;
import teos.bitcoin.ChainMonitor;

/** Current step of the tower's startup, as text for the operator. Thread-safe. */
public final class StartupProgress {

  private volatile Supplier<String> step = () -> "starting";

  /** Records that step {@code description} begins. */
  public void step(String description) {
    step = () -> description;
  }

  /**
   * Records that the tower begins to process the missed blocks; the text then follows {@code
   * chain}.
   */
  public void catchingUp(ChainMonitor chain) {
    step =
        () -> {
          int height = chain.tip().height();
          int best = chain.bestHeight();
          return best > height
              ? String.format(Locale.ROOT, "catching up: block %,d of %,d", height, best)
              : String.format(Locale.ROOT, "catching up from block %,d", height);
        };
  }

  /** Returns the current step. */
  public String current() {
    return step.get();
  }
}
