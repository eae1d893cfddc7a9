package teos.bitcoin;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether bitcoind answers, as whoever called it last has found. Shared by all that call it, so that
 * one finding is known to all.
 */
public final class NodeStatus {

  private static final Logger log = LoggerFactory.getLogger(NodeStatus.class);

  private final AtomicReference<@Nullable String> problem = new AtomicReference<>();
  private volatile Runnable onFailure = () -> {};

  /** Has {@code action} run when a call fails and the one before had not. */
  void onFailure(Runnable action) {
    onFailure = action;
  }

  /** Whether the last call was answered. */
  public boolean reachable() {
    return problem.get() == null;
  }

  /** Notes that a call failed; logged when it is news. */
  public void failed(BitcoindException cause) {
    String message = String.valueOf(cause.getMessage());
    String before = problem.getAndSet(message);
    if (!message.equals(before)) {
      log.error("{}; trying again until it does", message);
    }
    if (before == null) {
      onFailure.run();
    }
  }

  /** Notes that bitcoind has answered; true if the call before had failed. */
  public boolean answered() {
    return problem.getAndSet(null) != null;
  }
}
