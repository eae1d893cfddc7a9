package teos.tower.gatekeeper;

/** Decision on a request to register or renew. */
public sealed interface AdmissionResult {

  /** The user may register or renew. */
  record Admitted() implements AdmissionResult {}

  /**
   * The registration policy does not admit this user.
   *
   * @param reason text for the user
   */
  record Closed(String reason) implements AdmissionResult {}

  /**
   * The tower admits no new users at the moment, or its disk has no room for a renewal.
   *
   * @param reason text for the user
   */
  record Full(String reason) implements AdmissionResult {}
}
