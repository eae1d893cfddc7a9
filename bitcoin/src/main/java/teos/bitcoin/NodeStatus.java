package teos.bitcoin;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State of bitcoind according to the most recent call, shared by all components that call it. Logs
 * each failure once per outage. Thread-safe.
 */
public final class NodeStatus {

  private static final Logger log = LoggerFactory.getLogger(NodeStatus.class);

  /** Limit of each of the two sets, so that changing messages cannot fill the memory. */
  private static final int MAX_LOGGED_MESSAGES = 64;

  /** Messages that were logged during the present outage. */
  private final Set<String> loggedMessages = new HashSet<>();

  /** Messages of failures of single calls, which are logged once while the tower runs. */
  private final Set<String> loggedCallFailures = new HashSet<>();

  private volatile State state = new State.Healthy();
  private volatile Runnable onFailure = () -> {};
  private volatile Runnable onCheckRequest = () -> {};
  private volatile Consumer<State> onChange = state -> {};

  /** Whether the tower can use bitcoind. */
  public sealed interface State {

    /** bitcoind answers, and the tower can use it. */
    record Healthy() implements State {}

    /**
     * bitcoind cannot be used now, but may recover without intervention.
     *
     * @param why reason for users, without bitcoind's address
     */
    record Unavailable(String why) implements State {}

    /**
     * bitcoind cannot be used until the operator intervenes.
     *
     * @param why reason for users, without bitcoind's address
     */
    record Unusable(String why) implements State {}
  }

  /** Registers the action that runs when bitcoind turns from healthy to any other state. */
  void onFailure(Runnable action) {
    onFailure = action;
  }

  /** Registers the action that starts a liveness check. */
  void onCheckRequest(Runnable action) {
    onCheckRequest = action;
  }

  /** Starts a liveness check at once, because something indicates that bitcoind is down. */
  void requestCheck() {
    onCheckRequest.run();
  }

  /** Registers a listener for changes of the state. */
  public void onChange(Consumer<State> listener) {
    onChange = listener;
  }

  private void setState(State next) {
    boolean changed = !next.equals(state);
    state = next;
    if (changed) {
      onChange.accept(next);
    }
  }

  /** Returns the present state. */
  public State state() {
    return state;
  }

  /** Returns whether the state is {@link State.Healthy}. */
  public boolean isHealthy() {
    return state instanceof State.Healthy;
  }

  /**
   * Records that a call failed, and logs it unless the same failure was logged before. A {@link
   * BitcoindException.CallFailed} does not change the state, because other calls may succeed.
   */
  public void recordFailure(BitcoindException cause) {
    if (cause instanceof BitcoindException.CallFailed call) {
      recordCallFailure(call);
    } else {
      recordOutage(cause);
    }
  }

  private synchronized void recordCallFailure(BitcoindException.CallFailed cause) {
    if (loggedCallFailures.size() < MAX_LOGGED_MESSAGES
        && loggedCallFailures.add(String.valueOf(cause.getMessage()))) {
      log.atWarn().addKeyValue("reason", cause.getMessage()).log("call to bitcoind failed");
    }
  }

  /**
   * Records that the tower cannot follow bitcoind's chain, and so does not watch, for any kind of
   * failure. Logs it unless the same failure was logged during this outage.
   */
  void recordOutage(BitcoindException cause) {
    boolean wasHealthy;
    synchronized (this) {
      wasHealthy = isHealthy();
      State next = stateAfter(cause);
      if (isUnusable(next) != isUnusable(state)) {
        loggedMessages.clear(); // another kind of outage: log its messages again
      }
      setState(next);
      logOutage(cause);
    }
    if (wasHealthy) {
      onFailure.run();
    }
  }

  private static boolean isUnusable(State state) {
    return state instanceof State.Unusable;
  }

  private static State stateAfter(BitcoindException cause) {
    return switch (cause) {
      case BitcoindException.WarmingUp warmingUp ->
          new State.Unavailable(String.valueOf(warmingUp.getMessage()));
      case BitcoindException.OutOfSync outOfSync ->
          new State.Unavailable(String.valueOf(outOfSync.getMessage()));
      case BitcoindException.Busy busy -> new State.Unavailable("bitcoind is too busy");
      case BitcoindException.WrongNetwork network ->
          new State.Unusable("bitcoind is on another network");
      case BitcoindException.WrongChain chain -> new State.Unusable("bitcoind is on another chain");
      case BitcoindException.PrunedPast pruned ->
          new State.Unusable("bitcoind has pruned blocks that the tower has not seen");
      case BitcoindException.MethodForbidden forbidden ->
          new State.Unusable("bitcoind does not allow the tower to call " + forbidden.method());
      case BitcoindException.CallFailed failed ->
          new State.Unavailable("a call to bitcoind that the tower needs fails");
      default -> new State.Unavailable("bitcoind is unavailable");
    };
  }

  private void logOutage(BitcoindException cause) {
    String reason = String.valueOf(cause.getMessage());
    // The message of OutOfSync has heights, and so changes with each block.
    String key = cause instanceof BitcoindException.OutOfSync ? "out of sync" : reason;
    if (loggedMessages.size() == MAX_LOGGED_MESSAGES || !loggedMessages.add(key)) {
      return;
    }
    switch (cause) {
      case BitcoindException.Unusable unusable -> logUnusable(reason);
      case BitcoindException.CallFailed failed -> logUnusable(reason);
      case BitcoindException.WarmingUp warmingUp -> logNotReady(reason);
      case BitcoindException.OutOfSync outOfSync -> logNotReady(reason);
      default ->
          log.atError().addKeyValue("reason", reason).log("bitcoind is unavailable; retrying");
    }
  }

  private static void logUnusable(String reason) {
    log.atError()
        .addKeyValue("reason", reason)
        .log("bitcoind cannot be used; the tower is NOT WATCHING until this is fixed");
  }

  private static void logNotReady(String reason) {
    log.atWarn().addKeyValue("reason", reason).log("bitcoind is not ready; waiting for it");
  }

  /** Records that the tower can use bitcoind; returns whether the state was another one before. */
  public synchronized boolean recordSuccess() {
    boolean recovered = !isHealthy();
    setState(new State.Healthy());
    loggedMessages.clear();
    return recovered;
  }
}
