package teos.teosd.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.store.PenaltyStage;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerGroup;

/**
 * Fields about penalties that only this tower has: status, fee rate, deadline and verdict. The
 * reference clients ignore them: docs/compatibility.md.
 */
final class PenaltyJson {

  /** Number of penalties of a bundle that a response lists; it may have ten times as many. */
  static final int MAX_LISTED = 100;

  /** Memory that one of them takes, estimated. */
  private static final int BYTES_EACH = 1_024;

  private PenaltyJson() {}

  /** Returns the memory that the list of penalties takes; 0 if there is none. */
  static int heldBytes(List<Tracker> all) {
    return all.getFirst().penalty().isInBundle()
        ? BYTES_EACH * Math.min(MAX_LISTED, all.size())
        : 0;
  }

  /**
   * Adds to the JSON of a dispute.
   *
   * @param shown the tracker that represents it
   * @param all all its trackers
   * @param forecast of {@code all}
   */
  static void add(
      ObjectNode json, Tracker shown, List<Tracker> all, ConfirmationForecast forecast) {
    json.put("penalty_status", PenaltyStage.of(shown.status()).word());
    addFeeAndDeadline(json, shown);
    forecast.verdict().ifPresent(verdict -> json.put("verdict", verdict.word()));
    if (shown.penalty().isInBundle()) {
      json.put("n_penalties", all.size());
      ArrayNode penalties = json.putArray("penalties");
      TrackerGroup.byPriority(all).stream()
          .limit(MAX_LISTED)
          .forEach(each -> addPenalty(penalties.addObject(), each, forecast));
    }
  }

  private static void addPenalty(ObjectNode json, Tracker tracker, ConfirmationForecast forecast) {
    json.put("penalty_txid", tracker.penaltyTxid().toString())
        .put("penalty_status", PenaltyStage.of(tracker.status()).word());
    addFeeAndDeadline(json, tracker);
    forecast.verdict(tracker).ifPresent(verdict -> json.put("verdict", verdict.word()));
  }

  private static void addFeeAndDeadline(ObjectNode json, Tracker tracker) {
    tracker.penalty().feeRate().ifPresent(rate -> json.put("fee_rate_per_kvb", rate));
    tracker.deadline().ifPresent(height -> json.put("deadline", height));
  }
}
