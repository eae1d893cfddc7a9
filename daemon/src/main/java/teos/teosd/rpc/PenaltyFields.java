package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import java.util.List;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.common.v2.Penalty;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.responder.LadderPosition;
import teos.tower.responder.Verdict;
import teos.tower.store.PenaltyStage;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Tracker;

/** Converts fee rates, deadlines and verdicts of penalties into messages for the operator. */
final class PenaltyFields {

  private PenaltyFields() {}

  /**
   * Adds to the details of an appointment.
   *
   * @param shown the tracker that represents it
   * @param all all its trackers
   * @param forecast of {@code all}
   */
  static AppointmentDetails.Builder add(
      AppointmentDetails.Builder details,
      Tracker shown,
      List<Tracker> all,
      ConfirmationForecast forecast) {
    shown.penalty().feeRate().ifPresent(details::setFeeRatePerKvb);
    LadderPosition position = LadderPosition.of(shown, all);
    if (position.rungs() > 1) {
      details.setRung(position.rung()).setNRungs(position.rungs());
    }
    return details
        .setDeadline(shown.deadline().orElse(0))
        .setVerdict(forecast.verdict().map(Verdict::word).orElse(""))
        .setNPenalties(all.size());
  }

  /** Returns the penalties of a bundle. */
  static List<Penalty> penalties(List<Tracker> all, ConfirmationForecast forecast) {
    return all.stream().map(tracker -> penalty(tracker, forecast)).toList();
  }

  private static Penalty penalty(Tracker tracker, ConfirmationForecast forecast) {
    Penalty.Builder penalty =
        Penalty.newBuilder()
            .setTxid(ByteString.copyFrom(tracker.penaltyTxid().internal()))
            .setStatus(PenaltyStage.of(tracker.status()).word())
            .setHeight(tracker.status().height())
            .setDeadline(tracker.deadline().orElse(0))
            .setVerdict(forecast.verdict(tracker).map(Verdict::word).orElse(""));
    tracker.penalty().feeRate().ifPresent(penalty::setFeeRatePerKvb);
    if (tracker.status() instanceof PenaltyStatus.Refused refused) {
      penalty.setRefusal(refused.reason());
    }
    return penalty.build();
  }
}
