package teos.tower.sessions;

/**
 * What has become of an update.
 *
 * @param outcome whether it is stored, or why not
 * @param lastApplied the sequence number of the last update in the session that is
 */
public record Applied(Outcome outcome, int lastApplied) {

  /** Why an update is stored, or is not. */
  public enum Outcome {
    STORED,
    /** There is no such session. */
    NO_SESSION,
    /** The blob has not the length of its type's. */
    BAD_BLOB,
    /** The client has a reply for it already, as it says. */
    ALREADY_APPLIED,
    /** The client has told of a later reply before. */
    CLIENT_BEHIND,
    /** The session has as many as it may have. */
    SESSION_FULL,
    /** Another sequence number is next. */
    OUT_OF_ORDER,
    /** The tower's disk has room for answering breaches only. */
    TOWER_FULL
  }
}
