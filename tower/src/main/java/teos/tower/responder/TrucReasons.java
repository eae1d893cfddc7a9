package teos.tower.responder;

import java.util.List;
import java.util.regex.Pattern;

/**
 * bitcoind's reject reasons for a penalty that spends an unconfirmed commitment of version 3 (TRUC,
 * BIP 431), or is one, and for ephemeral dust. These rules are policy and concern unconfirmed
 * parents only, so none of them applies when the dispute is in a block. Bitcoin Core begins with
 * {@code TRUC-violation}, and Bitcoin Knots with the name of the rule, such as {@code
 * truc-spent-by-nontruc}; what follows is the same in both.
 */
final class TrucReasons {

  /** Text that the history shows after such a reason. */
  static final String WAITS = "; waits for the dispute's block";

  private static final List<String> PENALTY =
      List.of("TRUC-violation", "truc-", "missing-ephemeral-spends", "unspent-dust");

  /** Policy that keeps zero-fee commitments out of the mempool. */
  private static final List<String> DISPUTE =
      List.of("TRUC-violation", "truc-", "dust", "anchor", "version", "min relay fee not met");

  private static final Pattern WTXID = Pattern.compile(" \\(wtxid=[0-9a-f]{64}\\)");

  private TrucReasons() {}

  /** Returns whether a penalty refused for {@code reason} is acceptable in the dispute's block. */
  static boolean refusesPenalty(String reason) {
    return PENALTY.stream().anyMatch(reason::startsWith);
  }

  /** Returns whether {@code reason} keeps a dispute out of the mempool, but not out of a block. */
  static boolean refusesDispute(String reason) {
    return DISPUTE.stream().anyMatch(reason::startsWith);
  }

  /**
   * Returns whether the penalty has been refused because of another child of its dispute: only one
   * is allowed, and it does not pay enough to replace that.
   */
  static boolean isForSibling(String reason) {
    return reason.contains("(including sibling eviction)")
        || reason.contains("would exceed descendant count limit");
  }

  /** Leaves out the wtxids, which bitcoind adds to each txid. */
  static String withoutWtxids(String reason) {
    return WTXID.matcher(reason).replaceAll("");
  }
}
