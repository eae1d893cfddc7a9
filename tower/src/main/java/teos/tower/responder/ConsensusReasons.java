package teos.tower.responder;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * bitcoind's reject reasons that no block can get around. Everything else that it may say is this
 * node's policy or the state of the moment, and the transaction is sent again later: a reason that
 * is missing here costs retries, and one that is here wrongly costs a user's money.
 *
 * <p>The reasons are those that Bitcoin Core (src/consensus/tx_check.cpp,
 * src/consensus/tx_verify.cpp, src/validation.cpp) calls {@code TX_CONSENSUS}, except {@code
 * bad-txns-spends-conflicting-tx}, which depends on the mempool. Bitcoin Knots shares these, and
 * has reasons of its own that only look alike ({@code bad-txns-input-immature-depth}).
 */
final class ConsensusReasons {

  private static final Set<String> REASONS =
      Set.of(
          // What is wrong can be seen in the transaction itself.
          "bad-txns-vin-empty",
          "bad-txns-vout-empty",
          "bad-txns-oversize",
          "bad-txns-vout-negative",
          "bad-txns-vout-toolarge",
          "bad-txns-txouttotal-toolarge",
          "bad-txns-inputs-duplicate",
          "bad-txns-prevout-null",
          "bad-cb-length",
          "coinbase",
          // The outputs that it spends, which its inputs name by txid, will never be others.
          "bad-txns-inputvalues-outofrange",
          "bad-txns-in-belowout",
          "bad-txns-fee-outofrange",
          // Up to Bitcoin Core 29, once a script has failed under the rules of consensus alone.
          "mandatory-script-verify-flag-failed",
          // Since Bitcoin Core 30. Its mempool-script-verify-flag-failed means either kind of rule.
          "block-script-verify-flag-failed");

  /** A reason is one word; a message for people follows in brackets or after a comma. */
  private static final Pattern END_OF_REASON = Pattern.compile("[\\s,(:]");

  private ConsensusReasons() {}

  /** Whether bitcoind's {@code message} about a transaction begins with one of these reasons. */
  static boolean areBehind(String message) {
    return REASONS.contains(END_OF_REASON.split(message, 2)[0]);
  }
}
