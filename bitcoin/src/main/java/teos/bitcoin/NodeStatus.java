package teos.bitcoin;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the tower can go on with bitcoind, as whoever called it last has found. Shared by all
 * that call it, so that one finding is known to all.
 */
public final class NodeStatus {

  private static final Logger log = LoggerFactory.getLogger(NodeStatus.class);

  /** Messages of one outage that are remembered, so as to be said once. */
  private static final int MOST_TOLD = 64;

  private final Set<String> told = new HashSet<>();

  /** Messages of calls that failed alone, logged once while the tower runs. */
  private final Set<String> failedCalls = new HashSet<>();

  private volatile State state = new State.Healthy();
  private volatile Runnable onFailure = () -> {};
  private volatile Runnable onDoubt = () -> {};
  private volatile Consumer<State> onChange = state -> {};

  /** What the tower can do with bitcoind. */
  public sealed interface State {

    /** All. */
    record Healthy() implements State {}

    /**
     * Nothing for now; it may come by itself.
     *
     * @param why for users: says nothing of where bitcoind is
     */
    record Unavailable(String why) implements State {}

    /**
     * Nothing, until somebody does something.
     *
     * @param why for users: says nothing of where bitcoind is
     */
    record Unusable(String why) implements State {}
  }

  /** Has {@code action} run when a call fails and the one before had not. */
  void onFailure(Runnable action) {
    onFailure = action;
  }

  /** Registers the action that checks whether bitcoind answers. */
  void onDoubt(Runnable action) {
    onDoubt = action;
  }

  /** Has bitcoind checked at once, as there is a sign that it is away. */
  void checkNow() {
    onDoubt.run();
  }

  /** Registers a listener for changes of the state. */
  public void onChange(Consumer<State> listener) {
    onChange = listener;
  }

  private void change(State next) {
    boolean news = !next.equals(state);
    state = next;
    if (news) {
      onChange.accept(next);
    }
  }

  /** What was found last. */
  public State state() {
    return state;
  }

  /** Whether the last call was answered, by a bitcoind that is fit for the tower. */
  public boolean reachable() {
    return state instanceof State.Healthy;
  }

  /**
   * Records that a call failed; logged when it is news. A {@link BitcoindException.CallFailed} does
   * not change the state: other calls may well succeed.
   */
  public void failed(BitcoindException cause) {
    if (cause instanceof BitcoindException.CallFailed call) {
      callFailed(call);
    } else {
      unusable(cause);
    }
  }

  private synchronized void callFailed(BitcoindException.CallFailed cause) {
    if (failedCalls.size() < MOST_TOLD && failedCalls.add(String.valueOf(cause.getMessage()))) {
      log.atWarn().addKeyValue("reason", cause.getMessage()).log("call to bitcoind failed");
    }
  }

  /**
   * Records that bitcoind's chain cannot be followed, by whatever kind of failure: nothing is
   * watched then. Logged when it is news.
   */
  void unusable(BitcoindException cause) {
    boolean first;
    synchronized (this) {
      first = reachable();
      State next = stateAfter(cause);
      if (isUnfit(next) != isUnfit(state)) {
        told.clear(); // what has been said is no longer what is so
      }
      change(next);
      tell(cause);
    }
    if (first) {
      onFailure.run();
    }
  }

  private static boolean isUnfit(State state) {
    return state instanceof State.Unusable;
  }

  private static State stateAfter(BitcoindException cause) {
    return switch (cause) {
      case BitcoindException.WarmingUp warming ->
          new State.Unavailable(String.valueOf(warming.getMessage()));
      case BitcoindException.OutOfSync behind ->
          new State.Unavailable(String.valueOf(behind.getMessage()));
      case BitcoindException.Busy busy -> new State.Unavailable("bitcoind is too busy");
      case BitcoindException.WrongNetwork network ->
          new State.Unusable("bitcoind is on another network");
      case BitcoindException.WrongChain chain -> new State.Unusable("bitcoind is on another chain");
      case BitcoindException.PrunedPast pruned ->
          new State.Unusable("bitcoind has pruned blocks that the tower has not seen");
      case BitcoindException.MethodForbidden forbidden ->
          new State.Unusable("bitcoind does not allow the tower to call " + forbidden.method());
      case BitcoindException.CallFailed failed ->
          new State.Unavailable("bitcoind fails a call that the tower needs");
      default -> new State.Unavailable("bitcoind is away");
    };
  }

  private void tell(BitcoindException cause) {
    String message = String.valueOf(cause.getMessage());
    // How far it is behind changes with each block.
    String news = cause instanceof BitcoindException.OutOfSync ? "out of sync" : message;
    if (told.size() == MOST_TOLD || !told.add(news)) {
      return;
    }
    switch (cause) {
      case BitcoindException.Unusable unfit ->
          log.error("{}. The tower is NOT WATCHING until this is fixed", message);
      case BitcoindException.CallFailed failed ->
          log.error("{}. The tower is NOT WATCHING until this is fixed", message);
      case BitcoindException.WarmingUp warming -> log.warn("{}; waiting for it", message);
      case BitcoindException.OutOfSync behind -> log.warn("{}; waiting for it", message);
      default -> log.error("{}; trying again until it does", message);
    }
  }

  /** Notes that bitcoind has answered, and is fit; true if that is news. */
  public synchronized boolean answered() {
    boolean news = !reachable();
    change(new State.Healthy());
    told.clear();
    return news;
  }
}
