package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;

/**
 * Relay policy of bitcoind, as far as its RPC reports it.
 *
 * @param userAgent {@code subversion} of {@code getnetworkinfo}, for example {@code
 *     /Satoshi:29.0.0/}; empty if unknown
 * @param version {@code version} of {@code getnetworkinfo}, for example 290000; 0 if unknown
 * @param trucPolicy {@code truc_policy} of {@code getmempoolinfo}, which only Bitcoin Knots has:
 *     how it treats version 3 (TRUC, BIP 431)
 */
public record RelayPolicy(String userAgent, int version, Optional<String> trucPolicy) {

  private static final int FIRST_CORE_WITH_TRUC = 280000;
  private static final int FIRST_CORE_WITH_EPHEMERAL_DUST = 290000;

  /** Which zero-fee commitments a node relays. */
  public enum ZeroFeeCommitments {
    /** All, as far as bitcoind reports. */
    ALL,
    /** Those whose anchor is not dust: it has no ephemeral dust. */
    WITHOUT_DUST,
    /** None; it treats transactions of version 3 like others. */
    NONE,
    /** None, and no other transaction of version 3. */
    NO_VERSION_3
  }

  static RelayPolicy of(BitcoindRpc rpc) throws BitcoindException {
    JsonNode network = result(rpc, "getnetworkinfo");
    JsonNode truc = result(rpc, "getmempoolinfo").path("truc_policy");
    return new RelayPolicy(
        network.path("subversion").asText(),
        network.path("version").asInt(),
        truc.isTextual() ? Optional.of(truc.asText()) : Optional.empty());
  }

  private static JsonNode result(BitcoindRpc rpc, String method) throws BitcoindException {
    try {
      return rpc.call(method);
    } catch (BitcoindException.CallFailed e) {
      return MissingNode.getInstance();
    }
  }

  /** Returns whether the node is Bitcoin Knots. */
  public boolean isKnots() {
    return userAgent.contains("Knots");
  }

  /**
   * Returns which zero-fee commitments the node relays. Knots does not report {@code
   * subdustfeepenalty=0} and {@code permitephemeral=anchor,dust}, without which it relays only
   * commitments whose anchor is not dust.
   */
  public ZeroFeeCommitments zeroFeeCommitments() {
    if (trucPolicy.isPresent()) {
      return switch (trucPolicy.get()) {
        case "accept" -> ZeroFeeCommitments.NONE;
        case "reject" -> ZeroFeeCommitments.NO_VERSION_3;
        default -> ZeroFeeCommitments.ALL;
      };
    }
    if (version == 0 || version >= FIRST_CORE_WITH_EPHEMERAL_DUST) {
      return ZeroFeeCommitments.ALL;
    }
    return version >= FIRST_CORE_WITH_TRUC
        ? ZeroFeeCommitments.WITHOUT_DUST
        : ZeroFeeCommitments.NO_VERSION_3;
  }
}
