package teos.teosd.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;

/** One tower's line to its bitcoind, on which calls fail and on which the tower itself crashes. */
final class Line implements BitcoindRpc {

  private final BitcoindRpc node;

  /** What is wrong with the node, for all towers' lines. */
  private final AtomicReference<@Nullable Trouble> outage;

  private final AtomicReference<@Nullable Accident> planned = new AtomicReference<>();
  private final Set<Thread> callers = ConcurrentHashMap.newKeySet();
  private final Set<String> answered = ConcurrentHashMap.newKeySet();
  private final AtomicInteger mempoolLooks = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final CompletableFuture<Void> crash = new CompletableFuture<>();

  Line(BitcoindRpc node, AtomicReference<@Nullable Trouble> outage) {
    this.node = node;
    this.outage = outage;
  }

  /** What is to happen at a call. */
  private record Accident(AtomicInteger callsBefore, Runnable before, Runnable after) {}

  /** Thrown through {@link Runnable}s. */
  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Trouble trouble;

    Failed(Trouble trouble) {
      super(null, null, false, false);
      this.trouble = trouble;
    }
  }

  /** Does nothing: calls are counted here, and time decides when this one comes. */
  @Override
  public void ping() {}

  /** Has one call fail, after {@code calls} others. */
  void failAfter(int calls, Trouble trouble) {
    Runnable fail =
        () -> {
          throw new Failed(trouble);
        };
    boolean effect = trouble == Trouble.ANSWER_LOST;
    planned.set(
        new Accident(new AtomicInteger(calls), effect ? () -> {} : fail, effect ? fail : () -> {}));
  }

  /**
   * Has the tower crash at a call, after {@code calls} others.
   *
   * @param effect whether the call is carried out before
   */
  void crashAfter(int calls, boolean effect) {
    Runnable fall =
        () -> {
          crash();
          throw new SimulatedCrash();
        };
    planned.set(
        new Accident(new AtomicInteger(calls), effect ? () -> {} : fall, effect ? fall : () -> {}));
  }

  /** From now on no call returns, nor does any thread that has called go on. */
  void crash() {
    crash.complete(null);
  }

  /** Done when the tower has crashed. */
  CompletableFuture<Void> crashed() {
    return crash;
  }

  /** All threads that have called. */
  Set<Thread> callers() {
    return callers;
  }

  /** Whether a thread of this name has had an answer. */
  boolean hasAnswered(String thread) {
    return answered.contains(thread);
  }

  /** How many calls have got no answer. */
  int failures() {
    return failures.get();
  }

  /** How often the whole mempool has been asked for, answered or not. */
  int mempoolLooks() {
    return mempoolLooks.get();
  }

  @Override
  public String endpoint() {
    return node.endpoint();
  }

  private interface Call<T> {
    T run() throws BitcoindException;
  }

  @Override
  public JsonNode call(String method, Object... params) throws BitcoindException {
    if (method.equals("getrawmempool")) {
      mempoolLooks.incrementAndGet();
    }
    return carry(() -> node.call(method, params));
  }

  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    return carry(() -> node.callForBytes(method, params));
  }

  private <T> T carry(Call<T> call) throws BitcoindException {
    callers.add(Thread.currentThread());
    if (crash.isDone()) {
      throw new SimulatedCrash();
    }
    try {
      Trouble trouble = outage.get();
      if (trouble != null) {
        if (trouble == Trouble.ANSWER_LOST) {
          call.run();
        }
        throw new Failed(trouble);
      }
      Accident accident = due();
      if (accident == null) {
        T answer = call.run();
        answered.add(Thread.currentThread().getName());
        return answer;
      }
      accident.before().run();
      T answer = call.run();
      accident.after().run();
      return answer;
    } catch (Failed e) {
      failures.incrementAndGet();
      throw e.trouble.exception();
    }
  }

  /** The accident, if this is its call. */
  private @Nullable Accident due() {
    Accident accident = planned.get();
    return accident != null
            && accident.callsBefore().getAndDecrement() == 0
            && planned.compareAndSet(accident, null)
        ? accident
        : null;
  }
}
