package teos.tower.gatekeeper;

/** Who may register with the tower. */
public enum RegistrationPolicy {
  /** Everybody. */
  OPEN,
  /** Keys listed in the configuration. */
  LIST,
  /** Keys that the operator has invited while the tower was running. */
  INVITATION
}
