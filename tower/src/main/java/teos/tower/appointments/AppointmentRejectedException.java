package teos.tower.appointments;

/** Thrown when the tower does not take an appointment; nothing has been kept of it. */
public final class AppointmentRejectedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The signer is no registered user. */
    NOT_REGISTERED,
    /** The signer has fewer slots left than it takes. */
    NOT_ENOUGH_SLOTS,
    /** The signer's subscription has ended. */
    SUBSCRIPTION_EXPIRED,
    /** Its dispute has been answered already. */
    ALREADY_TRIGGERED,
    /** A newer version of it has been deleted. */
    SUPERSEDED,
    /** The tower's disk has room for answering breaches only. */
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
