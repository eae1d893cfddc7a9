package teos.wtwire;

/** What a tower replies, as a u16. */
public enum ErrorCode {
  OK(0),
  /** To be tried again later. */
  TEMPORARY_FAILURE(40),
  /** Not to be tried again. */
  PERMANENT_FAILURE(50),
  /** CreateSession: it is in use. */
  ALREADY_EXISTS(60),
  /** CreateSession: too many updates, or none. */
  REJECT_MAX_UPDATES(61),
  /** CreateSession: a reward that the tower does not take. */
  REJECT_REWARD_RATE(62),
  /** CreateSession: a fee rate that is too low or too high. */
  REJECT_SWEEP_FEE_RATE(63),
  /** CreateSession: a type of blobs that the tower does not take. */
  REJECT_BLOB_TYPE(64),
  /** StateUpdate: the client has told of a later reply before. */
  CLIENT_BEHIND(70),
  /** StateUpdate: the session is full. */
  MAX_UPDATES_EXCEEDED(71),
  /** StateUpdate: another sequence number is next. */
  SEQUENCE_OUT_OF_ORDER(72),
  /** DeleteSession: there is none. */
  NOT_FOUND(80);

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /**
   * @throws WtwireException if there is no such code
   */
  static ErrorCode of(int number) throws WtwireException {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    throw new WtwireException("unknown code " + number);
  }
}
