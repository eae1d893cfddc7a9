package teos.tower.sessions;

import teos.tower.store.StoredAppointment;

/** Result of a state update of an lnd client's session. */
public sealed interface UpdateResult {

  /**
   * The update is on disk.
   *
   * @param stored the update as stored
   * @param sequence its number in the session
   * @param missing number of earlier updates that the tower had acknowledged, according to the
   *     client, and does not have, because it was restored from an older backup
   */
  record Stored(StoredAppointment stored, int sequence, int missing) implements UpdateResult {}

  /**
   * The update is not stored.
   *
   * @param reason why
   * @param lastApplied number of the last update in the session; 0 if there is no session
   */
  record Refused(Reason reason, int lastApplied) implements UpdateResult {}

  /** Why an update is not stored. */
  enum Reason {
    /** There is no such session. */
    NO_SESSION,
    /** The blob does not have the length of the session's type. */
    BAD_BLOB,
    /** The client claims to have a reply for it already. */
    ALREADY_APPLIED,
    /** The client has confirmed a later reply in an earlier request. */
    CLIENT_BEHIND,
    /** The session has its maximum number of updates. */
    SESSION_FULL,
    /** It does not have the next sequence number. */
    OUT_OF_ORDER,
    /** The tower cannot store it at the moment. */
    UNAVAILABLE
  }
}
