package teos.tower.sessions;

/** Result of a request to open a session. */
public sealed interface OpenResult {

  /** The session is open; on disk. */
  record Opened() implements OpenResult {}

  /**
   * There is a session with updates, which stays as it is.
   *
   * @param lastApplied the number of its last update
   */
  record InUse(int lastApplied) implements OpenResult {}

  /** The tower opens no session, or none as large, at the moment. */
  record Unavailable(String why) implements OpenResult {}

  /** The key is a user's of the other dialects, or updates of an earlier session are left. */
  record KeyTaken() implements OpenResult {}
}
