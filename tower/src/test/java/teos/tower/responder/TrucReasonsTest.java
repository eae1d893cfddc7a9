package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reasons of Bitcoin Core 29 to 31 and of Bitcoin Knots 29 for zero-fee commitments. */
class TrucReasonsTest {

  private static final String ID = "ab".repeat(32);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRUC-violation, version=3 tx ab (wtxid=ab) cannot spend from non-version=3 tx cd",
        "TRUC-violation, tx ab (wtxid=ab) would exceed descendant count limit",
        "truc-spends-nontruc, version=3 tx ab (wtxid=ab) cannot spend from non-version=3 tx cd",
        "truc-spent-by-nontruc, non-version=3 tx ab (wtxid=ab) cannot spend from version=3 tx cd",
        "truc-child-toobig, version=3 child tx ab (wtxid=ab) is too big: 1001 > 1000 virtual bytes",
        "missing-ephemeral-spends, tx ab (wtxid=ab) did not spend parent's ephemeral dust",
        "unspent-dust"
      })
  void refusesPenalty_ruleForUnconfirmedParents(String reason) {
    assertThat(TrucReasons.refusesPenalty(reason)).isTrue();
    assertThat(ConsensusReasons.isConsensusFailure(reason)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dust",
        "version",
        "min relay fee not met, 0 < 20",
        "mempool full",
        "txn-conflict"
      })
  void refusesPenalty_anotherRule(String reason) {
    assertThat(TrucReasons.refusesPenalty(reason)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dust, tx with dust output must be 0-fee",
        "dust-nonzero",
        "anchor",
        "version",
        "min relay fee not met, 0 < 193"
      })
  void refusesDispute_policyOfKnots(String reason) {
    assertThat(TrucReasons.refusesDispute(reason)).isTrue();
    assertThat(ConsensusReasons.isConsensusFailure(reason)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mempool min fee not met, 0 < 193", "mempool full"})
  void refusesDispute_temporaryReason(String reason) {
    assertThat(TrucReasons.refusesDispute(reason)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insufficient fee (including sibling eviction), rejecting replacement ab; new feerate 1",
        "replacement-failed (including sibling eviction), insufficient feerate",
        "TRUC-violation, tx ab (wtxid=ab) would exceed descendant count limit",
        "truc-descendants-toomany, tx ab (wtxid=ab) would exceed descendant count limit"
      })
  void isForSibling_otherChildOfDispute(String reason) {
    assertThat(TrucReasons.isForSibling(reason)).isTrue();
    assertThat(TrucReasons.isForSibling("insufficient fee, rejecting replacement ab")).isFalse();
  }

  @Test
  void withoutWtxids_keepsTxids() {
    assertThat(TrucReasons.withoutWtxids("tx " + ID + " (wtxid=" + ID + ") is too big"))
        .isEqualTo("tx " + ID + " is too big");
  }
}
