package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
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
import teos.tower.responder.Delivery.Accepted;
import teos.tower.responder.Delivery.DisputeGone;
import teos.tower.responder.Delivery.InChain;
import teos.tower.responder.Delivery.Invalid;
import teos.tower.responder.Delivery.NodeDown;
import teos.tower.responder.Delivery.Refused;
import teos.tower.store.Tracker;

/** Brings penalties to bitcoind, and understands what it says of them. */
public final class Carrier {

  private static final Logger log = LoggerFactory.getLogger(Carrier.class);

  /**
   * Any fee is let through: it is the user's own choice, made when the penalty was signed, and a
   * penalty that pays too much is better than none.
   */
  private static final int ANY_FEE_RATE = 0;

  /** Transactions up to which they are asked for one by one rather than the whole mempool. */
  private static final int FEW = 50;

  private static final String INPUTS_MISSING = "bad-txns-inputs-missingorspent";

  private final BitcoindRpc rpc;
  private final BlockProcessor blocks;
  private final NodeStatus node;

  public Carrier(BitcoindRpc rpc, NodeStatus node) {
    this.rpc = rpc;
    this.blocks = new BlockProcessor(rpc);
    this.node = node;
  }

  /**
   * Sends the tracker's penalty; sending it again does no harm. Where the dispute is in no block and
   * has dropped out of the mempool, both are sent as a package: the penalty's fee pays for a dispute
   * that is too cheap on its own.
   */
  public Delivery send(Tracker tracker) {
    try {
      return deliver(tracker);
    } catch (BitcoindException e) {
      node.failed(e);
      return new NodeDown();
    }
  }

  private Delivery deliver(Tracker tracker) throws BitcoindException {
    Txid txid = tracker.penaltyTxid();
    try {
      rpc.call("sendrawtransaction", hex(tracker.penaltyTx()), ANY_FEE_RATE);
      log.atInfo().addKeyValue("uuid", tracker.uuid()).addKeyValue("penalty", txid).log("bitcoind has taken it");
      return new Accepted(false);
    } catch (BitcoindException.Refused e) {
      Delivery delivery = verdict(e, tracker);
      log.atInfo()
          .addKeyValue("uuid", tracker.uuid())
          .addKeyValue("penalty", txid)
          .addKeyValue("code", e.code())
          .addKeyValue("means", delivery)
          .log("bitcoind has not taken it");
      return delivery;
    }
  }

  private Delivery verdict(BitcoindException.Refused refusal, Tracker tracker)
      throws BitcoindException {
    String reason = String.valueOf(refusal.getMessage());
    return switch (refusal.code()) {
      case RpcErrorCode.VERIFY_ALREADY_IN_CHAIN -> inChain(tracker, reason);
      case RpcErrorCode.DESERIALIZATION_ERROR -> new Invalid(reason);
      case RpcErrorCode.VERIFY_REJECTED ->
          ConsensusReasons.areBehind(reason) ? new Invalid(reason) : rejected(tracker, reason);
      default ->
          reason.startsWith(INPUTS_MISSING) || reason.equals("Missing inputs")
              ? inputsMissing(tracker, reason)
              : new Refused(reason);
    };
  }

  private Delivery rejected(Tracker tracker, String reason) throws BitcoindException {
    if (reason.startsWith("txn-already-in-mempool")) {
      return new Accepted(false);
    }
    return new Refused(withSpender(tracker, reason));
  }

  /** Adds to a refusal what in the mempool spends an output that the penalty needs. */
  private String withSpender(Tracker tracker, String reason) throws BitcoindException {
    return spender(tracker.penaltyTx(), tracker.penaltyTxid())
        .map(spender -> reason + "; " + spender + " in the mempool spends the output")
        .orElse(reason);
  }

  /** Finds the block by an output that is still unspent. */
  private Delivery inChain(Tracker tracker, String reason) throws BitcoindException {
    int outputs = Transaction.read(tracker.penaltyTx()).txOut.size();
    for (int i = 0; i < outputs; i++) {
      OptionalInt height = blocks.heightOfUnspent(tracker.penaltyTxid(), i);
      Optional<String> hash =
          height.isPresent() ? blocks.blockHash(height.getAsInt()) : Optional.empty();
      if (hash.isPresent()) {
        BlockId block = new BlockId(hash.get(), height.getAsInt());
        return has(block, tracker.penaltyTxid()) ? new InChain(block) : new Refused(reason);
      }
    }
    return new Refused(reason);
  }

  /** Height and hash were asked for one after the other, and the chain may have changed between. */
  private boolean has(BlockId block, Txid txid) throws BitcoindException {
    try {
      return blocks.fetch(block).txids().contains(txid);
    } catch (BitcoindException.Refused e) {
      log.debug("bitcoind has pruned block {}, which no reorg reaches", block);
      return true;
    }
  }

  private Delivery inputsMissing(Tracker tracker, String reason) throws BitcoindException {
    if (tracker.disputeHeight().isPresent() || isInMempool(tracker.disputeTxid())) {
      return new Refused(withSpender(tracker, reason));
    }
    Optional<String> instead = spender(tracker.disputeTx(), tracker.disputeTxid());
    if (instead.isPresent()) {
      // Not put back against what has replaced it: it is answered if it comes back by itself.
      return new DisputeGone(instead.get() + " in the mempool has replaced it");
    }
    return sendBoth(tracker);
  }

  private Delivery sendBoth(Tracker tracker) throws BitcoindException {
    try {
      JsonNode answer =
          rpc.call(
              "submitpackage",
              List.of(hex(tracker.disputeTx()), hex(tracker.penaltyTx())),
              ANY_FEE_RATE);
      List<String> errors = new ArrayList<>();
      for (JsonNode result : answer.path("tx-results")) {
        if (result.has("error")) {
          boolean dispute = result.path("txid").asText().equals(tracker.disputeTxid().toString());
          errors.add((dispute ? "dispute: " : "penalty: ") + result.path("error").asText());
        }
      }
      if (errors.isEmpty() && answer.path("package_msg").asText().equals("success")) {
        log.atInfo()
            .addKeyValue("uuid", tracker.uuid())
            .addKeyValue("penalty", tracker.penaltyTxid())
            .log("bitcoind has taken it with its dispute");
        return new Accepted(true);
      }
      errors.sort(null);
      return new DisputeGone(
          errors.isEmpty() ? answer.path("package_msg").asText() : String.join(", ", errors));
    } catch (BitcoindException.Refused e) {
      return new DisputeGone(String.valueOf(e.getMessage()));
    }
  }

  /** Another transaction in the mempool that spends what {@code raw} spends: its txid. */
  private Optional<String> spender(byte[] raw, Txid txid) throws BitcoindException {
    List<Map<String, Object>> outpoints = new ArrayList<>();
    for (Outpoint input : RawTransactions.inputs(raw)) {
      outpoints.add(Map.of("txid", input.txid().toString(), "vout", input.index()));
    }
    try {
      for (JsonNode output : rpc.call("gettxspendingprevout", outpoints)) {
        String spender = output.path("spendingtxid").asText();
        if (!spender.isEmpty() && !spender.equals(txid.toString())) {
          return Optional.of(spender);
        }
      }
      return Optional.empty();
    } catch (BitcoindException.Refused e) {
      log.debug("bitcoind is too old to say what spends an output: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Those of {@code txids} that are not in the mempool; none if bitcoind cannot be asked. */
  public Set<Txid> missingFromMempool(Set<Txid> txids) {
    try {
      Set<Txid> missing = new HashSet<>(txids);
      if (txids.size() > FEW) {
        rpc.callForTxids("getrawmempool").forEach(missing::remove);
        return missing;
      }
      for (Txid txid : txids) {
        if (isInMempool(txid)) {
          missing.remove(txid);
        }
      }
      return missing;
    } catch (BitcoindException e) {
      node.failed(e);
      return Set.of();
    }
  }

  private boolean isInMempool(Txid txid) throws BitcoindException {
    try {
      rpc.call("getmempoolentry", txid.toString());
      return true;
    } catch (BitcoindException.Refused e) {
      if (e.code() == RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
        return false;
      }
      throw e;
    }
  }

  private static String hex(byte[] raw) {
    return HexFormat.of().formatHex(raw);
  }
}
