package teos.tower.sessions;

import teos.tower.store.StoredAppointment;

/** Result of an update of an lnd client's session. */
public sealed interface UpdateResult {

  /**
   * The update is on disk.
   *
   * @param stored as it is on disk
   * @param sequence its number
   * @param missing updates before it that the tower has acknowledged, as the client's request
   *     shows, and does not have: it was restored from an older backup
   */
  record Stored(StoredAppointment stored, int sequence, int missing) implements UpdateResult {}

  /**
   * The update is not stored.
   *
   * @param lastApplied the number of the last update in the session; 0 without a session
   */
  record Refused(Reason reason, int lastApplied) implements UpdateResult {}

  /** Why an update is not stored. */
  enum Reason {
    /** There is no such session. */
    NO_SESSION,
    /** The blob does not have the length of the session's type. */
    BAD_BLOB,
    /** The client has a reply for it already, as it says. */
    ALREADY_APPLIED,
    /** The client has confirmed a later reply before. */
    CLIENT_BEHIND,
    /** The session has as many updates as it may have. */
    SESSION_FULL,
    /** Another sequence number is next. */
    OUT_OF_ORDER,
    /** The tower cannot store it now. */
    UNAVAILABLE
  }
}
