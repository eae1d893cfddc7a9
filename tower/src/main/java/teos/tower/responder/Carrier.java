package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.Transaction;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.NodeStatus;
import teos.bitcoin.RpcErrorCode;
import teos.protocol.Txid;
import teos.tower.responder.Delivery.Accepted;
import teos.tower.responder.Delivery.InChain;
import teos.tower.responder.Delivery.Invalid;
import teos.tower.responder.Delivery.NodeDown;
import teos.tower.responder.Delivery.Refused;

/** Brings transactions to bitcoind, and understands what it says of them. */
public final class Carrier {

  private static final Logger log = LoggerFactory.getLogger(Carrier.class);

  /**
   * Any fee is let through: it is the user's own choice, made when the penalty was signed, and a
   * penalty that pays too much is better than none.
   */
  private static final int ANY_FEE_RATE = 0;

  private final BitcoindRpc rpc;
  private final NodeStatus node;

  public Carrier(BitcoindRpc rpc, NodeStatus node) {
    this.rpc = rpc;
    this.node = node;
  }

  /** Sends the raw transaction {@code raw}; sending it again does no harm. */
  public Delivery send(byte[] raw, Txid txid) {
    try {
      rpc.call("sendrawtransaction", HexFormat.of().formatHex(raw), ANY_FEE_RATE);
      log.info("sent: txid={}", txid);
      return new Accepted();
    } catch (BitcoindException.Refused e) {
      Delivery delivery = verdict(e, raw, txid);
      log.info("bitcoind on txid={}: {} ({})", txid, delivery, e.code());
      return delivery;
    } catch (BitcoindException e) {
      node.failed(e);
      return new NodeDown();
    }
  }

  private Delivery verdict(BitcoindException.Refused refusal, byte[] raw, Txid txid) {
    String reason = String.valueOf(refusal.getMessage());
    return switch (refusal.code()) {
      case RpcErrorCode.VERIFY_ALREADY_IN_CHAIN -> inChain(raw, txid, reason);
      case RpcErrorCode.DESERIALIZATION_ERROR -> new Invalid(reason);
      case RpcErrorCode.VERIFY_REJECTED -> isFinal(reason) ? new Invalid(reason) : rejected(reason);
      default -> new Refused(reason);
    };
  }

  private static Delivery rejected(String reason) {
    return reason.startsWith("txn-already-in-mempool") ? new Accepted() : new Refused(reason);
  }

  /** Finds the block by an output that is still unspent, which needs no index of transactions. */
  private Delivery inChain(byte[] raw, Txid txid, String reason) {
    try {
      int outputs = Transaction.read(raw).txOut.size();
      for (int i = 0; i < outputs; i++) {
        JsonNode output = rpc.call("gettxout", txid.toString(), i, false);
        if (output.hasNonNull("confirmations")) {
          String tip = output.path("bestblock").asText();
          int tipHeight = rpc.call("getblockheader", tip).path("height").asInt();
          return new InChain(tipHeight - output.path("confirmations").asInt() + 1);
        }
      }
      return new Refused(reason);
    } catch (BitcoindException.Refused e) {
      return new Refused(reason);
    } catch (BitcoindException e) {
      node.failed(e);
      return new NodeDown();
    }
  }

  /**
   * Whether a rule of consensus, not of this node's policy or of the moment, stands against it.
   * Missing inputs are never final: the dispute may come back with a reorg. Nor is {@code
   * mempool-script-verify-flag-failed}, with which newer nodes mean either kind of rule.
   */
  private static boolean isFinal(String reason) {
    return reason.startsWith("mandatory-script-verify-flag-failed")
        || reason.startsWith("block-script-verify-flag-failed")
        || (reason.startsWith("bad-txns") && !reason.startsWith("bad-txns-inputs")
            && !reason.startsWith("bad-txns-nonfinal")
            && !reason.startsWith("bad-txns-premature")
            && !reason.startsWith("bad-txns-spends-conflicting"));
  }
}
