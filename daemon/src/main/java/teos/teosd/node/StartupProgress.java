package teos.teosd.node;

import java.util.Locale;
import java.util.function.Supplier;
import teos.bitcoin.ChainMonitor;

/**
 * What a tower that is starting is doing, in words for its operator. Safe for any number of
 * threads.
 */
public final class StartupProgress {

  private volatile Supplier<String> step = () -> "starting";

  /** From now on the tower does {@code what}. */
  public void step(String what) {
    step = () -> what;
  }

  /** From now on the tower hands on the blocks that it has missed. */
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

  /** Returns what the tower is doing now. */
  public String now() {
    return step.get();
  }
}
