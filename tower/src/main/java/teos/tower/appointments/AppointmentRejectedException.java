package teos.tower.appointments;

/** Thrown when the tower does not store an appointment. Nothing was changed. */
public final class AppointmentRejectedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Why an appointment is rejected. */
  public enum Reason {
    /** The signer is not a registered user. */
    NOT_REGISTERED,
    /** The signer has too few slots left. */
    NOT_ENOUGH_SLOTS,
    /** The signer's subscription has ended. */
    SUBSCRIPTION_EXPIRED,
    /** The tower has already responded to its dispute. */
    ALREADY_TRIGGERED,
    /** A newer version of it was deleted. */
    SUPERSEDED,
    /** The remaining disk space is reserved for responding to breaches. */
    DISK_FULL
  }

  private final Reason reason;

  AppointmentRejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
