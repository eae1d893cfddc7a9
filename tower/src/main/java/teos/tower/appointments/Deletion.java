package teos.tower.appointments;

/** Result of a request to delete an appointment. */
public sealed interface Deletion {

  /**
   * The appointment is deleted, and the deletion is on disk.
   *
   * @param availableSlots slots that the user has now
   */
  record Deleted(long availableSlots) implements Deletion {}

  /** There is no such appointment, or its version is not the requested one. */
  record NotFound() implements Deletion {}

  /** There has been more than one version, and the request does not name one. */
  record SeveralVersions() implements Deletion {}

  /** The dispute is being answered, so the appointment stays. */
  record AlreadyTriggered() implements Deletion {}
}
