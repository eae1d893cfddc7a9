package teos.tower.responder;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * bitcoind's reject reasons for broken consensus rules. Every other reason is this node's policy or
 * a temporary state, and the transaction is retried: a reason missing here costs retries, a wrong
 * one costs a user's money.
 *
 * <p>The reasons are those that Bitcoin Core (src/consensus/tx_check.cpp,
 * src/consensus/tx_verify.cpp, src/validation.cpp) calls {@code TX_CONSENSUS}, except {@code
 * bad-txns-spends-conflicting-tx}, which depends on the mempool. Bitcoin Knots shares them, and has
 * policy reasons of its own with similar names ({@code bad-txns-input-immature-depth}).
 */
final class ConsensusReasons {

  private static final Set<String> REASONS =
      Set.of(
          // Visible in the transaction alone.
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
          // Follows from the spent outputs, which the input's txids fix.
          "bad-txns-inputvalues-outofrange",
          "bad-txns-in-belowout",
          "bad-txns-fee-outofrange",
          // Bitcoin Core up to 29, after a script has failed under consensus rules alone.
          "mandatory-script-verify-flag-failed",
          // Bitcoin Core 30 and later; its mempool-script-verify-flag-failed may be policy.
          "block-script-verify-flag-failed");

  /** A reason is one word; details follow in brackets or after a comma. */
  private static final Pattern END_OF_REASON = Pattern.compile("[\\s,(:]");

  private ConsensusReasons() {}

  /** Returns whether bitcoind's {@code message} begins with one of these reasons. */
  static boolean isConsensusFailure(String message) {
    return REASONS.contains(END_OF_REASON.split(message, 2)[0]);
  }
}
