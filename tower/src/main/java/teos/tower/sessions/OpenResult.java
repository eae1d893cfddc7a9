package teos.tower.sessions;

/** Result of a request to open a session. */
public sealed interface OpenResult {

  /** The session is open and on disk. */
  record Opened() implements OpenResult {}

  /**
   * There is already a session with updates; it is unchanged.
   *
   * @param lastApplied number of its last update
   */
  record InUse(int lastApplied) implements OpenResult {}

  /** The tower currently has no room for the session; {@code why} is the text for the client. */
  record Unavailable(String why) implements OpenResult {}

  /** The key belongs to a registered user, or to a deleted session whose updates remain. */
  record KeyTaken() implements OpenResult {}
}
