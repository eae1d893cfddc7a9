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

/**
 * One tower's RPC connection to bitcoind, into which tests inject failed calls and crashes of the
 * tower.
 */
final class FaultyRpc implements BitcoindRpc {

  private final BitcoindRpc node;

  /** The node's current fault, shared by the connections of all towers. */
  private final AtomicReference<@Nullable NodeFault> outage;

  private final AtomicReference<@Nullable PlannedFailure> planned = new AtomicReference<>();
  private final Set<Thread> callers = ConcurrentHashMap.newKeySet();
  private final Set<String> answered = ConcurrentHashMap.newKeySet();
  private final AtomicInteger mempoolPolls = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final CompletableFuture<Void> crash = new CompletableFuture<>();

  FaultyRpc(BitcoindRpc node, AtomicReference<@Nullable NodeFault> outage) {
    this.node = node;
    this.outage = outage;
  }

  /** A planned failure or crash at one call. */
  private record PlannedFailure(AtomicInteger callsBefore, Runnable before, Runnable after) {}

  /** Carries a fault out of a {@link Runnable}. */
  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final NodeFault fault;

    Failed(NodeFault fault) {
      super(null, null, false, false);
      this.fault = fault;
    }
  }

  /** Does nothing: its timing is not deterministic, so it must not be counted as a call. */
  @Override
  public void ping() {}

  /** Plans the failure of one call, after {@code calls} others. */
  void failAfter(int calls, NodeFault fault) {
    Runnable fail =
        () -> {
          throw new Failed(fault);
        };
    boolean effect = fault == NodeFault.ANSWER_LOST;
    planned.set(
        new PlannedFailure(
            new AtomicInteger(calls), effect ? () -> {} : fail, effect ? fail : () -> {}));
  }

  /**
   * Plans a crash of the tower at one call, after {@code calls} others.
   *
   * @param effect whether the call is executed before the crash
   */
  void crashAfter(int calls, boolean effect) {
    Runnable fall =
        () -> {
          crash();
          throw new SimulatedCrash();
        };
    planned.set(
        new PlannedFailure(
            new AtomicInteger(calls), effect ? () -> {} : fall, effect ? fall : () -> {}));
  }

  /**
   * Crashes the tower: from now on every call throws {@link SimulatedCrash}, which ends the calling
   * thread.
   */
  void crash() {
    crash.complete(null);
  }

  /** Returns a future that completes when the tower has crashed. */
  CompletableFuture<Void> crashed() {
    return crash;
  }

  /** Returns all threads that have made a call. */
  Set<Thread> callers() {
    return callers;
  }

  /** Returns whether a thread of this name has received an answer. */
  boolean hasAnswered(String thread) {
    return answered.contains(thread);
  }

  /** Returns the number of calls that received no answer. */
  int failures() {
    return failures.get();
  }

  /** Returns the number of calls for the whole mempool, answered or not. */
  int mempoolPolls() {
    return mempoolPolls.get();
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
      mempoolPolls.incrementAndGet();
    }
    return execute(() -> node.call(method, params));
  }

  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    return execute(() -> node.callForBytes(method, params));
  }

  private <T> T execute(Call<T> call) throws BitcoindException {
    callers.add(Thread.currentThread());
    if (crash.isDone()) {
      throw new SimulatedCrash();
    }
    try {
      NodeFault fault = outage.get();
      if (fault != null) {
        if (fault == NodeFault.ANSWER_LOST) {
          call.run();
        }
        throw new Failed(fault);
      }
      PlannedFailure failure = due();
      if (failure == null) {
        T answer = call.run();
        answered.add(Thread.currentThread().getName());
        return answer;
      }
      failure.before().run();
      T answer = call.run();
      failure.after().run();
      return answer;
    } catch (Failed e) {
      failures.incrementAndGet();
      throw e.fault.exception();
    }
  }

  /** Returns the planned failure if it is due at this call. */
  private @Nullable PlannedFailure due() {
    PlannedFailure failure = planned.get();
    return failure != null
            && failure.callsBefore().getAndDecrement() == 0
            && planned.compareAndSet(failure, null)
        ? failure
        : null;
  }
}
