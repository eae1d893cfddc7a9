package teos.wtwire;

/** Status code of a tower's reply, a u16. Source: lnd's {@code wtwire.ErrorCode}. */
public enum ErrorCode {
  OK(0),
  /** The client may retry later. */
  TEMPORARY_FAILURE(40),
  /** The client must not retry. */
  PERMANENT_FAILURE(50),
  /** CreateSession: the session exists and is in use. */
  ALREADY_EXISTS(60),
  /** CreateSession: too many updates, or zero. */
  REJECT_MAX_UPDATES(61),
  /** CreateSession: the tower does not accept the reward rate. */
  REJECT_REWARD_RATE(62),
  /** CreateSession: the sweep fee rate is too low or too high. */
  REJECT_SWEEP_FEE_RATE(63),
  /** CreateSession: the tower does not accept the blob type. */
  REJECT_BLOB_TYPE(64),
  /** StateUpdate: the client's lastApplied is lower than in an earlier update. */
  CLIENT_BEHIND(70),
  /** StateUpdate: the session has its maximum number of updates. */
  MAX_UPDATES_EXCEEDED(71),
  /** StateUpdate: the sequence number is not the next one. */
  SEQUENCE_OUT_OF_ORDER(72),
  /** DeleteSession: the session does not exist. */
  NOT_FOUND(80);

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  /** Returns the code on the wire. */
  public int number() {
    return number;
  }

  /**
   * Returns the code with this number.
   *
   * @throws WtwireException if the number is unknown
   */
  static ErrorCode of(int number) throws WtwireException {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    throw new WtwireException("unknown error code " + number);
  }
}
