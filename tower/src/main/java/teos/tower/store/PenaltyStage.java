package teos.tower.store;

import java.util.Arrays;
import java.util.Locale;

/** Kind of {@link PenaltyStatus} that a tracker has, with its code in the database. */
public enum PenaltyStage {
  PENDING(0),
  IN_MEMPOOL(1),
  REFUSED(2),
  CONFIRMED(3),
  DISPUTE_GONE(4),
  BEATEN(5),
  COMPLETE(6);

  private final int code;

  PenaltyStage(int code) {
    this.code = code;
  }

  /** Code in the column {@code status} of the table {@code trackers}. */
  int code() {
    return code;
  }

  /** The stage with this code. */
  static PenaltyStage ofCode(int code) {
    return Arrays.stream(values())
        .filter(stage -> stage.code == code)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("status " + code + " of a tracker"));
  }

  /** A reason is bitcoind's word, which is short. */
  private static final int MAX_REASON = 500;

  /** The stage of {@code status}. */
  public static PenaltyStage of(PenaltyStatus status) {
    return switch (status) {
      case PenaltyStatus.Pending pending -> PENDING;
      case PenaltyStatus.InMempool mempool -> IN_MEMPOOL;
      case PenaltyStatus.Refused refused -> REFUSED;
      case PenaltyStatus.Confirmed confirmed -> CONFIRMED;
      case PenaltyStatus.DisputeMissing gone -> DISPUTE_GONE;
      case PenaltyStatus.Outspent beaten -> BEATEN;
      case PenaltyStatus.Complete complete -> COMPLETE;
    };
  }

  /** The status of this kind. */
  PenaltyStatus status(int height, String reason) {
    return switch (this) {
      case PENDING -> new PenaltyStatus.Pending(height);
      case IN_MEMPOOL -> new PenaltyStatus.InMempool(height);
      case REFUSED -> new PenaltyStatus.Refused(height, reason);
      case CONFIRMED -> new PenaltyStatus.Confirmed(height);
      case DISPUTE_GONE -> new PenaltyStatus.DisputeMissing(height, reason);
      case BEATEN -> new PenaltyStatus.Outspent(height, reason);
      case COMPLETE -> new PenaltyStatus.Complete(height);
    };
  }

  /** What is stored of {@code status} besides its kind and height. */
  static String reason(PenaltyStatus status) {
    String reason =
        switch (status) {
          case PenaltyStatus.Refused refused -> refused.reason();
          case PenaltyStatus.DisputeMissing gone -> gone.reason();
          case PenaltyStatus.Outspent beaten -> beaten.by();
          case PenaltyStatus.Pending pending -> "";
          case PenaltyStatus.InMempool mempool -> "";
          case PenaltyStatus.Confirmed confirmed -> "";
          case PenaltyStatus.Complete complete -> "";
        };
    return reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
  }

  /** In lower case, with underscores. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
