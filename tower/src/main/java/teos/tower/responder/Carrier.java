package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BitcoindRpc.Outcome;
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
import teos.tower.responder.BroadcastResult.Invalid;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.Refused;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.store.Tracker;

/**
 * Broadcasts penalties by bitcoind, several in an exchange, and understands what it says of them. A
 * call that fails has failed for one penalty only, unless bitcoind does not answer at all.
 */
public final class Carrier {

  private static final Logger log = LoggerFactory.getLogger(Carrier.class);

  /**
   * Any fee is let through: it is the user's own choice, made when the penalty was signed, and a
   * penalty that pays too much is better than none.
   */
  private static final int ANY_FEE_RATE = 0;

  /** Transactions that are asked for in one exchange. */
  private static final int LOOKUPS_AT_ONCE = 100;

  /** Outputs of a penalty that are looked for; a wallet does not spend all of them at once. */
  private static final int FIRST_OUTPUTS = 8;

  /** Seconds between two answers about the same start: they are rounded, and take time. */
  private static final long MAX_UPTIME_DIFFERENCE = 3;

  private static final String INPUTS_MISSING = "bad-txns-inputs-missingorspent";

  private final BitcoindRpc rpc;
  private final BlockProcessor blocks;
  private final NodeStatus node;

  /**
   * When bitcoind was started, in seconds of this machine's clock; asked for by one thread only.
   */
  private OptionalLong startedAt = OptionalLong.empty();

  public Carrier(BitcoindRpc rpc, NodeStatus node) {
    this.rpc = rpc;
    this.blocks = new BlockProcessor(rpc);
    this.node = node;
  }

  /** A penalty to be sent: its tracker, and the transaction. */
  record Broadcast(Tracker tracker, byte[] penaltyTx) {}

  /**
   * Sends penalties in one exchange; sending one again does no harm.
   *
   * @return a result for each, in their order
   */
  List<BroadcastResult> broadcast(List<Broadcast> batch) {
    List<Object[]> params =
        batch.stream().map(each -> new Object[] {hex(each.penaltyTx()), ANY_FEE_RATE}).toList();
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
          ? List.of(new Refused(String.valueOf(e.getMessage()), Optional.empty()))
          : eachAlone(batch);
    } catch (BitcoindException e) {
      if (batch.size() == 1 && answers()) {
        // It is this penalty that bitcoind has no answer to: the others must not wait for it.
        return List.of(new Refused(String.valueOf(e.getMessage()), Optional.empty()));
      }
      node.recordFailure(e);
      return Collections.nCopies(batch.size(), new NodeUnavailable());
    }
  }

  private List<BroadcastResult> eachAlone(List<Broadcast> batch) {
    List<BroadcastResult> results = new ArrayList<>(batch.size());
    for (Broadcast each : batch) {
      boolean lost = !results.isEmpty() && results.getLast() instanceof NodeUnavailable;
      results.add(lost ? new NodeUnavailable() : broadcast(List.of(each)).getFirst());
    }
    return results;
  }

  private boolean answers() {
    try {
      rpc.call("getblockcount");
      return true;
    } catch (BitcoindException e) {
      return false;
    }
  }

  private static BroadcastResult result(Tracker tracker, Outcome outcome) {
    BroadcastResult result =
        switch (outcome) {
          case Outcome.Result taken -> new Accepted(false);
          case Outcome.Failure(BitcoindException.Refused refusal) -> verdict(refusal);
          case Outcome.Failure(BitcoindException.CallFailed failed) -> new Undecided(failed);
        };
    // Strangers may have stored very many that are refused.
    log.atLevel(result instanceof Accepted ? Level.INFO : Level.DEBUG)
        .addKeyValue("uuid", tracker.uuid())
        .addKeyValue("penalty", tracker.penaltyTxid())
        .addKeyValue("result", result)
        .log(result instanceof Accepted ? "bitcoind has taken it" : "bitcoind has not taken it");
    return result;
  }

  private static BroadcastResult verdict(BitcoindException.Refused refusal) {
    String reason = String.valueOf(refusal.getMessage());
    return switch (refusal.code()) {
      case RpcErrorCode.DESERIALIZATION_ERROR -> new Invalid(reason);
      case RpcErrorCode.VERIFY_REJECTED -> {
        if (ConsensusReasons.areBehind(reason)) {
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
   * Finds out why bitcoind did not take a penalty. Where its dispute is in no block and has dropped
   * out of the mempool, both are sent as a package: the penalty's fee pays for a dispute that is
   * too cheap on its own.
   *
   * @param undecided what {@link #broadcast} came to
   * @param disputeTx loads the raw dispute, which may be needed
   */
  BroadcastResult decide(Broadcast sent, Undecided undecided, Supplier<byte[]> disputeTx) {
    String reason = String.valueOf(undecided.cause().getMessage());
    try {
      boolean missing = reason.startsWith(INPUTS_MISSING) || reason.equals("Missing inputs");
      if (undecided.cause() instanceof BitcoindException.Refused refusal
          && refusal.code() == RpcErrorCode.VERIFY_ALREADY_IN_CHAIN) {
        return inChain(sent, reason);
      }
      return missing
          ? inputsMissing(sent, reason, disputeTx)
          : refused(reason, sent.penaltyTx(), sent.tracker().penaltyTxid());
    } catch (BitcoindException.CallFailed e) {
      node.recordFailure(e);
      return new Refused(reason, Optional.empty());
    } catch (BitcoindException e) {
      node.recordFailure(e);
      return new NodeUnavailable();
    }
  }

  /** Finds the block by an output that is still unspent. */
  private BroadcastResult inChain(Broadcast sent, String reason) throws BitcoindException {
    Txid txid = sent.tracker().penaltyTxid();
    for (int i = 0; i < FIRST_OUTPUTS; i++) {
      OptionalInt height = blocks.heightOfUnspent(txid, i);
      Optional<String> hash =
          height.isPresent() ? blocks.blockHash(height.getAsInt()) : Optional.empty();
      if (hash.isPresent()) {
        BlockId block = new BlockId(hash.get(), height.getAsInt());
        return has(block, txid) ? new InChain(block) : new Refused(reason, Optional.empty());
      }
    }
    return new Refused(reason, Optional.empty());
  }

  /** Height and hash were asked for one after the other, and the chain may have changed between. */
  private boolean has(BlockId block, Txid txid) throws BitcoindException {
    try {
      rpc.call("getrawtransaction", txid.toString(), false, block.hash());
      return true;
    } catch (BitcoindException.Refused e) {
      // Another error: bitcoind has pruned the block, which no reorg reaches.
      return e.code() != RpcErrorCode.INVALID_ADDRESS_OR_KEY;
    }
  }

  private BroadcastResult inputsMissing(Broadcast sent, String reason, Supplier<byte[]> disputeTx)
      throws BitcoindException {
    Tracker tracker = sent.tracker();
    if (tracker.disputeHeight().isPresent() || isInMempool(tracker.disputeTxid())) {
      return refused(reason, sent.penaltyTx(), tracker.penaltyTxid());
    }
    byte[] dispute = disputeTx.get();
    Optional<Txid> instead = spender(dispute, tracker.disputeTxid());
    if (instead.isPresent()) {
      // Not put back against what has replaced it: it is answered if it comes back by itself.
      return new InputsMissing(instead.get() + " in the mempool has replaced it");
    }
    return sendBoth(sent, dispute);
  }

  private BroadcastResult sendBoth(Broadcast sent, byte[] dispute) throws BitcoindException {
    Tracker tracker = sent.tracker();
    try {
      JsonNode answer =
          rpc.call("submitpackage", List.of(hex(dispute), hex(sent.penaltyTx())), ANY_FEE_RATE);
      List<String> errors = new ArrayList<>();
      for (JsonNode result : answer.path("tx-results")) {
        if (result.has("error")) {
          boolean first = result.path("txid").asText().equals(tracker.disputeTxid().toString());
          errors.add((first ? "dispute: " : "penalty: ") + result.path("error").asText());
        }
      }
      if (errors.isEmpty() && answer.path("package_msg").asText().equals("success")) {
        log.atInfo()
            .addKeyValue("uuid", tracker.uuid())
            .addKeyValue("penalty", tracker.penaltyTxid())
            .log("bitcoind has taken the penalty with its dispute");
        return new Accepted(true);
      }
      errors.sort(null);
      return new InputsMissing(
          errors.isEmpty() ? answer.path("package_msg").asText() : String.join(", ", errors));
    } catch (BitcoindException.CallFailed e) {
      return new InputsMissing(String.valueOf(e.getMessage()));
    }
  }

  /** A refusal, with what in the mempool spends an output that {@code raw} needs. */
  private Refused refused(String reason, byte[] raw, Txid txid) throws BitcoindException {
    Optional<Txid> spender = spender(raw, txid);
    return new Refused(
        spender.map(by -> reason + "; " + by + " in the mempool spends the output").orElse(reason),
        spender);
  }

  /**
   * Another transaction in the mempool that spends what {@code raw} spends: only for information.
   */
  private Optional<Txid> spender(byte[] raw, Txid txid) throws BitcoindException {
    List<Map<String, Object>> outpoints = new ArrayList<>();
    for (Outpoint input : RawTransactions.inputs(raw)) {
      outpoints.add(Map.of("txid", input.txid().toString(), "vout", input.index()));
    }
    try {
      for (JsonNode output : rpc.call("gettxspendingprevout", outpoints)) {
        String spender = output.path("spendingtxid").asText();
        if (!spender.isEmpty() && !spender.equals(txid.toString())) {
          return Optional.of(Txid.fromDisplayHex(spender));
        }
      }
      return Optional.empty();
    } catch (BitcoindException.CallFailed e) {
      log.debug("bitcoind does not say what spends an output: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Those of {@code txids} that are not in the mempool; none of which bitcoind cannot tell. */
  Set<Txid> missingFromMempool(Collection<Txid> txids) {
    Set<Txid> missing = new HashSet<>();
    List<Txid> all = List.copyOf(txids);
    try {
      for (int from = 0; from < all.size(); from += LOOKUPS_AT_ONCE) {
        List<Txid> some = all.subList(from, Math.min(all.size(), from + LOOKUPS_AT_ONCE));
        List<Outcome> outcomes =
            rpc.callAll(
                "getmempoolentry",
                some.stream().map(txid -> new Object[] {txid.toString()}).toList());
        for (int i = 0; i < some.size(); i++) {
          if (outcomes.get(i) instanceof Outcome.Failure(BitcoindException.Refused refused)
              && refused.code() == RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
            missing.add(some.get(i));
          }
        }
      }
      return missing;
    } catch (BitcoindException e) {
      node.recordFailure(e);
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

  /** The fee rate under which the mempool takes nothing, BTC per 1,000 bytes; none if not known. */
  Optional<Double> minimumFee() {
    try {
      JsonNode fee = rpc.call("getmempoolinfo").path("mempoolminfee");
      return fee.isNumber() ? Optional.of(fee.asDouble()) : Optional.empty();
    } catch (BitcoindException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether bitcoind has been restarted since this was asked last, another one has taken its place,
   * or that is not known: it has lost what it did not take yet, and may have other settings.
   */
  boolean hasRestarted() {
    OptionalLong before = startedAt;
    try {
      long uptime = rpc.call("uptime").asLong();
      startedAt = OptionalLong.of(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()) - uptime);
    } catch (BitcoindException.CallFailed e) {
      return true;
    } catch (BitcoindException e) {
      node.recordFailure(e);
      return false; // asked again when it is back
    }
    return before.isEmpty()
        || Math.abs(startedAt.getAsLong() - before.getAsLong()) > MAX_UPTIME_DIFFERENCE;
  }

  private static String hex(byte[] raw) {
    return HexFormat.of().formatHex(raw);
  }
}
