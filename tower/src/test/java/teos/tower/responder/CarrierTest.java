package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rejections are final; the messages are from Bitcoin Core 25 to 30 and Knots. */
class CarrierTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
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
        "bad-txns-inputvalues-outofrange",
        "bad-txns-in-belowout",
        "bad-txns-in-belowout, value in (0.00001) < value out (0.00002)",
        "bad-txns-fee-outofrange",
        "mandatory-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG"
            + " operation)",
        "mandatory-script-verify-flag-failed (Witness program hash mismatch), input 0 of ab,"
            + " spending cd:0",
        "block-script-verify-flag-failed (Invalid Schnorr signature)"
      })
  void consensusReasons_areFinal(String message) {
    assertThat(ConsensusReasons.isConsensusFailure(message)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bad-txns",
        "bad-txns-input-witness-unknown",
        "bad-txns-input-script-unknown",
        "bad-txns-input-script-nonstandard",
        "bad-txns-input-scriptsig-failure",
        "bad-txns-input-p2sh-no-redeemscript",
        "bad-txns-input-immature-depth",
        "bad-txns-input-immature-blocks",
        "bad-txns-inputs-missingorspent",
        "bad-txns-inputs-duplicates-of-the-future",
        "bad-txns-nonstandard-inputs",
        "bad-txns-too-many-sigops",
        "bad-txns-nonfinal",
        "bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 1",
        "bad-txns-spends-conflicting-tx, ab spends conflicting transaction cd",
        "bad-witness-nonstandard",
        "coinbase-of-the-future",
        "mempool-script-verify-flag-failed (Invalid Schnorr signature)",
        "non-mandatory-script-verify-flag (Non-canonical signature: S value is unnecessarily high)",
        "mempool min fee not met, 110 < 1000",
        "min relay fee not met, 0 < 110",
        "txn-mempool-conflict",
        "txn-already-known",
        "insufficient fee, rejecting replacement ab",
        "too-long-mempool-chain, too many descendants for tx ab",
        "mempool full",
        "non-final",
        "non-BIP68-final",
        "tx-size",
        "tx-size-small",
        "dust",
        "version",
        "scriptpubkey",
        "a reason that no version has today"
      })
  void allOtherReasons_areRetried(String message) {
    assertThat(ConsensusReasons.isConsensusFailure(message)).isFalse();
  }
}
