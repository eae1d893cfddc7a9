package teos.tower.store;

import java.util.Arrays;

/** Kind of a {@link PenaltyStatus}, with its code in the database and its word in APIs. */
public enum PenaltyStage {
  PENDING(0, "pending"),
  IN_MEMPOOL(1, "in_mempool"),
  REFUSED(2, "refused"),
  CONFIRMED(3, "confirmed"),
  DISPUTE_MISSING(4, "dispute_gone"),
  OUTSPENT(5, "beaten"),
  COMPLETE(6, "complete"),
  STANDBY(7, "standby"),
  SUPERSEDED(8, "superseded"),
  AWAITING_PARENT(9, "awaiting_parent");

  private final int code;
  private final String word;

  PenaltyStage(int code, String word) {
    this.code = code;
    this.word = word;
  }

  /** Returns the code in the column {@code status} of the table {@code trackers}. */
  int code() {
    return code;
  }

  /** Returns the stage with {@code code}. */
  static PenaltyStage ofCode(int code) {
    return Arrays.stream(values())
        .filter(stage -> stage.code == code)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("status " + code + " of a tracker"));
  }

  /** Maximum number of characters of a reason that are stored; bitcoind's are short. */
  private static final int MAX_REASON = 500;

  /** Returns the stage of {@code status}. */
  public static PenaltyStage of(PenaltyStatus status) {
    return switch (status) {
      case PenaltyStatus.Pending pending -> PENDING;
      case PenaltyStatus.InMempool mempool -> IN_MEMPOOL;
      case PenaltyStatus.Refused refused -> REFUSED;
      case PenaltyStatus.Confirmed confirmed -> CONFIRMED;
      case PenaltyStatus.DisputeMissing missing -> DISPUTE_MISSING;
      case PenaltyStatus.Outspent outspent -> OUTSPENT;
      case PenaltyStatus.Complete complete -> COMPLETE;
      case PenaltyStatus.Standby standby -> STANDBY;
      case PenaltyStatus.Superseded superseded -> SUPERSEDED;
      case PenaltyStatus.AwaitingParent awaiting -> AWAITING_PARENT;
    };
  }

  /** Returns the status of this kind. */
  PenaltyStatus status(int height, String reason) {
    return switch (this) {
      case PENDING -> new PenaltyStatus.Pending(height);
      case IN_MEMPOOL -> new PenaltyStatus.InMempool(height);
      case REFUSED -> new PenaltyStatus.Refused(height, reason);
      case CONFIRMED -> new PenaltyStatus.Confirmed(height);
      case DISPUTE_MISSING -> new PenaltyStatus.DisputeMissing(height, reason);
      case OUTSPENT -> new PenaltyStatus.Outspent(height, reason);
      case COMPLETE -> new PenaltyStatus.Complete(height);
      case STANDBY -> new PenaltyStatus.Standby(height);
      case SUPERSEDED -> new PenaltyStatus.Superseded(height);
      case AWAITING_PARENT -> new PenaltyStatus.AwaitingParent(height);
    };
  }

  /** Returns the text that is stored with {@code status}; empty if its kind has none. */
  static String reason(PenaltyStatus status) {
    String reason =
        switch (status) {
          case PenaltyStatus.Refused refused -> refused.reason();
          case PenaltyStatus.DisputeMissing missing -> missing.reason();
          case PenaltyStatus.Outspent outspent -> outspent.by();
          case PenaltyStatus.Pending pending -> "";
          case PenaltyStatus.InMempool mempool -> "";
          case PenaltyStatus.Confirmed confirmed -> "";
          case PenaltyStatus.Complete complete -> "";
          case PenaltyStatus.Standby standby -> "";
          case PenaltyStatus.Superseded superseded -> "";
          case PenaltyStatus.AwaitingParent awaiting -> "";
        };
    return reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
  }

  /** Returns the word for APIs and metrics, such as {@code in_mempool}. */
  public String word() {
    return word;
  }
}
