package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.NodeStatus;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RawTransactions;
import teos.bitcoin.RpcErrorCode;
import teos.protocol.Txid;
import teos.tower.responder.BroadcastResult.Accepted;
import teos.tower.responder.BroadcastResult.InChain;
import teos.tower.responder.BroadcastResult.InputsMissing;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.ParentMissing;
import teos.tower.responder.BroadcastResult.Refused;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.store.RawTransaction;
import teos.tower.store.Tracker;

/**
 * Finds out why bitcoind rejected a penalty: it is in a block already, something in the mempool
 * conflicts with it, its dispute is missing and must be sent along, or it must wait for the
 * dispute's block.
 */
final class RejectionAnalyzer {

  private static final Logger log = LoggerFactory.getLogger(RejectionAnalyzer.class);

  /** Outputs of a penalty that are looked up; a wallet does not spend all of them at once. */
  private static final int MAX_OUTPUT_LOOKUPS = 8;

  private static final String INPUTS_MISSING = "bad-txns-inputs-missingorspent";

  /** {@code package_msg} that leaves the reasons to the results of the transactions. */
  private static final String PACKAGE_FAILED = "transaction failed";

  private final BitcoindRpc rpc;
  private final BlockProcessor blocks;
  private final NodeStatus node;
  private final NodeQueries queries;

  RejectionAnalyzer(BitcoindRpc rpc, NodeStatus node, NodeQueries queries) {
    this.rpc = rpc;
    this.blocks = new BlockProcessor(rpc);
    this.node = node;
    this.queries = queries;
  }

  /** See {@link Carrier#analyze}. */
  BroadcastResult analyze(
      TrackedPenalty penalty, Undecided undecided, Supplier<RawTransaction> dispute) {
    String reason = TrucReasons.withoutWtxids(String.valueOf(undecided.cause().getMessage()));
    try {
      boolean missing = reason.startsWith(INPUTS_MISSING) || reason.equals("Missing inputs");
      if (undecided.cause() instanceof BitcoindException.Refused refusal
          && refusal.code() == RpcErrorCode.VERIFY_ALREADY_IN_CHAIN) {
        return inChain(penalty.raw().txid(), reason);
      }
      return missing ? inputsMissing(penalty, reason, dispute) : refused(reason, penalty);
    } catch (BitcoindException.CallFailed e) {
      node.recordFailure(e);
      return new Refused(reason, Optional.empty());
    } catch (BitcoindException e) {
      node.recordFailure(e);
      return new NodeUnavailable();
    }
  }

  /** Finds the block by an output that is still unspent. */
  private BroadcastResult inChain(Txid txid, String reason) throws BitcoindException {
    for (int i = 0; i < MAX_OUTPUT_LOOKUPS; i++) {
      OptionalInt height = blocks.heightOfUnspent(txid, i);
      Optional<String> hash =
          height.isPresent() ? blocks.blockHash(height.getAsInt()) : Optional.empty();
      if (hash.isPresent()) {
        BlockId block = new BlockId(hash.get(), height.getAsInt());
        return contains(block, txid) ? new InChain(block) : new Refused(reason, Optional.empty());
      }
    }
    return new Refused(reason, Optional.empty());
  }

  /** Checks the block: the chain may have changed between the calls for height and hash. */
  private boolean contains(BlockId block, Txid txid) throws BitcoindException {
    try {
      rpc.call("getrawtransaction", txid.toString(), false, block.hash());
      return true;
    } catch (BitcoindException.Refused e) {
      // Any other error: bitcoind has pruned the block, and no reorg goes back that far.
      return e.code() != RpcErrorCode.INVALID_ADDRESS_OR_KEY;
    }
  }

  private BroadcastResult inputsMissing(
      TrackedPenalty penalty, String reason, Supplier<RawTransaction> dispute)
      throws BitcoindException {
    Tracker tracker = penalty.tracker();
    if (tracker.penalty().parent().isPresent()) {
      return parentMissing(penalty, reason);
    }
    if (tracker.disputeHeight().isPresent() || queries.isInMempool(tracker.disputeTxid())) {
      return refused(reason, penalty);
    }
    RawTransaction disputeTx = dispute.get();
    Optional<Txid> replacement = conflictInMempool(disputeTx);
    if (replacement.isPresent()) {
      // Do not send the dispute against its replacement: it is answered if it comes back by itself.
      return new InputsMissing(replacement.get() + " in the mempool has replaced it");
    }
    return submitPackage(penalty, disputeTx);
  }

  private BroadcastResult parentMissing(TrackedPenalty penalty, String reason)
      throws BitcoindException {
    Refused refused = refused(reason, penalty);
    if (refused.conflict().isPresent()) {
      return refused;
    }
    Optional<Txid> parent = queries.missingParent(RawTransactions.inputs(penalty.raw().bytes()));
    return parent.isPresent() ? new ParentMissing(parent.get()) : sendAgain(penalty);
  }

  /** Sends a penalty again whose inputs have arrived meanwhile. */
  private BroadcastResult sendAgain(TrackedPenalty penalty) throws BitcoindException {
    try {
      rpc.call("sendrawtransaction", Carrier.hex(penalty.raw()), Carrier.NO_FEE_LIMIT);
      return new Accepted(false);
    } catch (BitcoindException.CallFailed e) {
      return refused(String.valueOf(e.getMessage()), penalty);
    }
  }

  private BroadcastResult submitPackage(TrackedPenalty penalty, RawTransaction dispute)
      throws BitcoindException {
    try {
      JsonNode response =
          rpc.call(
              "submitpackage",
              List.of(Carrier.hex(dispute), Carrier.hex(penalty.raw())),
              Carrier.NO_FEE_LIMIT);
      Map<String, String> errors = new TreeMap<>();
      for (JsonNode result : response.path("tx-results")) {
        if (result.has("error")) {
          boolean parent = result.path("txid").asText().equals(dispute.txid().toString());
          errors.put(parent ? "dispute" : "penalty", result.path("error").asText());
        }
      }
      String message = response.path("package_msg").asText();
      if (errors.isEmpty() && message.equals("success")) {
        log.atInfo()
            .addKeyValue("uuid", penalty.tracker().uuid())
            .addKeyValue("penalty", penalty.raw().txid())
            .log("penalty broadcast with its dispute");
        return new Accepted(true);
      }
      return new InputsMissing(packageReason(message, errors));
    } catch (BitcoindException.CallFailed e) {
      return new InputsMissing(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Returns why a package was rejected.
   *
   * @param message what bitcoind says about the package as a whole
   * @param errors what it says about {@code dispute} and {@code penalty}
   */
  private static String packageReason(String message, Map<String, String> errors) {
    List<String> reasons = new ArrayList<>();
    if (errors.isEmpty() || !message.equals(PACKAGE_FAILED)) {
      reasons.add(message);
    }
    errors.forEach((transaction, error) -> reasons.add(transaction + ": " + error));
    String reason = TrucReasons.withoutWtxids(String.join(", ", reasons));
    boolean waits =
        TrucReasons.refusesPenalty(message)
            || TrucReasons.refusesPenalty(errors.getOrDefault("penalty", ""))
            || TrucReasons.refusesDispute(errors.getOrDefault("dispute", ""));
    return waits ? reason + TrucReasons.WAITS : reason;
  }

  /** Returns a refusal, with the mempool transaction that conflicts with {@code penalty}. */
  private Refused refused(String reason, TrackedPenalty penalty) throws BitcoindException {
    Optional<Txid> conflict = conflictInMempool(penalty.raw());
    String output = "the output";
    if (conflict.isEmpty() && TrucReasons.isForSibling(reason)) {
      conflict = queries.otherChild(penalty.tracker().disputeTxid(), penalty.raw().txid());
      output = "another output of the dispute";
    }
    StringBuilder detail = new StringBuilder(reason);
    if (conflict.isPresent()) {
      detail.append("; ").append(conflict.get()).append(" in the mempool spends ").append(output);
    }
    if (TrucReasons.refusesPenalty(reason) || TrucReasons.isForSibling(reason)) {
      detail.append(TrucReasons.WAITS);
    }
    return new Refused(detail.toString(), conflict);
  }

  /**
   * Returns another transaction in the mempool that spends an input of {@code transaction}; empty
   * if there is none or bitcoind does not know {@code gettxspendingprevout}.
   */
  private Optional<Txid> conflictInMempool(RawTransaction transaction) throws BitcoindException {
    List<Map<String, Object>> outpoints = new ArrayList<>();
    for (Outpoint input : RawTransactions.inputs(transaction.bytes())) {
      outpoints.add(Map.of("txid", input.txid().toString(), "vout", input.index()));
    }
    try {
      for (JsonNode output : rpc.call("gettxspendingprevout", outpoints)) {
        String spender = output.path("spendingtxid").asText();
        if (!spender.isEmpty() && !spender.equals(transaction.txid().toString())) {
          return Optional.of(Txid.fromDisplayHex(spender));
        }
      }
      return Optional.empty();
    } catch (BitcoindException.CallFailed e) {
      log.atDebug().addKeyValue("reason", e.getMessage()).log("cannot look up mempool conflicts");
      return Optional.empty();
    }
  }
}
