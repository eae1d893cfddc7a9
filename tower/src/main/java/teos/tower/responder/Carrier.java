package teos.tower.responder;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BitcoindRpc.Outcome;
import teos.bitcoin.NodeStatus;
import teos.bitcoin.RpcErrorCode;
import teos.tower.responder.BroadcastResult.Accepted;
import teos.tower.responder.BroadcastResult.Invalid;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.Refused;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.store.RawTransaction;
import teos.tower.store.Tracker;

/**
 * Broadcasts penalties through bitcoind, several in one HTTP exchange, and interprets its answers.
 * A failed call concerns one penalty only, unless bitcoind does not respond at all.
 */
public final class Carrier {

  private static final Logger log = LoggerFactory.getLogger(Carrier.class);

  /**
   * {@code maxfeerate} of {@code sendrawtransaction}: no limit. The user chose the fee when signing
   * the penalty, and a penalty that pays too much is better than none.
   */
  static final int NO_FEE_LIMIT = 0;

  private final BitcoindRpc rpc;
  private final NodeStatus node;
  private final RejectionAnalyzer analyzer;
  private final NodeQueries queries;
  private final FeeEstimator estimator;

  public Carrier(BitcoindRpc rpc, NodeStatus node) {
    this.rpc = rpc;
    this.node = node;
    this.queries = new NodeQueries(rpc, node);
    this.estimator = new FeeEstimator(rpc, node, queries);
    this.analyzer = new RejectionAnalyzer(rpc, node, queries);
  }

  /** Questions to the same bitcoind about its mempool and its uptime. */
  NodeQueries queries() {
    return queries;
  }

  /** Fee estimates of the same bitcoind. */
  FeeEstimator estimator() {
    return estimator;
  }

  /** Returns the last fee estimates of this bitcoind; none while it is unavailable. */
  public FeeEstimates feeEstimates() {
    return node.state() instanceof NodeStatus.State.Healthy
        ? estimator.current()
        : FeeEstimates.NONE;
  }

  /**
   * Broadcasts penalties in one exchange. Broadcasting a penalty again is harmless.
   *
   * @return a result for each penalty, in order
   */
  List<BroadcastResult> broadcast(List<TrackedPenalty> batch) {
    List<Object[]> params =
        batch.stream().map(each -> new Object[] {hex(each.raw()), NO_FEE_LIMIT}).toList();
    try {
      List<Outcome> outcomes = rpc.callAll("sendrawtransaction", params);
      List<BroadcastResult> results = new ArrayList<>(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        results.add(result(batch.get(i).tracker(), outcomes.get(i)));
      }
      return results;
    } catch (BitcoindException.CallFailed e) {
      node.recordFailure(e);
      return batch.size() == 1
          ? List.of(broadcastAgain(batch.getFirst()))
          : broadcastOneByOne(batch);
    } catch (BitcoindException e) {
      if (batch.size() == 1 && queries.nodeResponds()) {
        return List.of(broadcastAgain(batch.getFirst()));
      }
      node.recordFailure(e);
      return Collections.nCopies(batch.size(), new NodeUnavailable());
    }
  }

  /**
   * Broadcasts a penalty again after a call failed that may have failed by chance. If bitcoind
   * fails again although it responds to other calls, the penalty counts as refused: the others must
   * not wait for it.
   */
  private BroadcastResult broadcastAgain(TrackedPenalty penalty) {
    try {
      rpc.call("sendrawtransaction", hex(penalty.raw()), NO_FEE_LIMIT);
      log.atInfo()
          .addKeyValue("uuid", penalty.tracker().uuid())
          .addKeyValue("penalty", penalty.raw().txid())
          .log("penalty broadcast at the second attempt");
      return new Accepted(false);
    } catch (BitcoindException.CallFailed e) {
      return result(penalty.tracker(), new Outcome.Failure(e));
    } catch (BitcoindException e) {
      return new Refused(String.valueOf(e.getMessage()), Optional.empty());
    }
  }

  private List<BroadcastResult> broadcastOneByOne(List<TrackedPenalty> batch) {
    List<BroadcastResult> results = new ArrayList<>(batch.size());
    for (TrackedPenalty each : batch) {
      boolean lost = !results.isEmpty() && results.getLast() instanceof NodeUnavailable;
      results.add(lost ? new NodeUnavailable() : broadcast(List.of(each)).getFirst());
    }
    return results;
  }

  private static BroadcastResult result(Tracker tracker, Outcome outcome) {
    BroadcastResult result =
        switch (outcome) {
          case Outcome.Result accepted -> new Accepted(false);
          case Outcome.Failure(BitcoindException.Refused refusal) -> verdict(refusal);
          case Outcome.Failure(BitcoindException.CallFailed failed) -> new Undecided(failed);
        };
    // Debug for rejected ones: strangers may have stored any number of them.
    log.atLevel(result instanceof Accepted ? Level.INFO : Level.DEBUG)
        .addKeyValue("uuid", tracker.uuid())
        .addKeyValue("penalty", tracker.penaltyTxid())
        .addKeyValue("result", result)
        .log(result instanceof Accepted ? "penalty broadcast" : "penalty not accepted");
    return result;
  }

  private static BroadcastResult verdict(BitcoindException.Refused refusal) {
    String reason = String.valueOf(refusal.getMessage());
    return switch (refusal.code()) {
      case RpcErrorCode.DESERIALIZATION_ERROR -> new Invalid(reason);
      case RpcErrorCode.VERIFY_REJECTED -> {
        if (ConsensusReasons.isConsensusFailure(reason)) {
          yield new Invalid(reason);
        }
        yield reason.startsWith("txn-already-in-mempool")
            ? new Accepted(false)
            : new Undecided(refusal);
      }
      default -> new Undecided(refusal);
    };
  }

  /**
   * Finds out why bitcoind rejected a penalty. If the dispute is in no block and has dropped out of
   * the mempool, submits both as a package: the penalty's fee pays for a dispute that is too cheap
   * on its own.
   *
   * @param undecided result of {@link #broadcast}
   * @param dispute loads the dispute if it is needed
   */
  BroadcastResult analyze(
      TrackedPenalty penalty, Undecided undecided, Supplier<RawTransaction> dispute) {
    return analyzer.analyze(penalty, undecided, dispute);
  }

  static String hex(RawTransaction transaction) {
    return HexFormat.of().formatHex(transaction.bytes());
  }
}
