package teos.tower.appointments;

/** Result of a request to delete an appointment. */
public sealed interface Deletion {

  /**
   * The appointment is deleted, and the deletion is on disk.
   *
   * @param availableSlots the user's free slots after the deletion
   */
  record Deleted(long availableSlots) implements Deletion {}

  /** There is no such appointment, or its version is not the requested one. */
  record NotFound() implements Deletion {}

  /** There has been more than one version, and the request does not name one. */
  record SeveralVersions() implements Deletion {}

  /** The tower is responding to the dispute, so the appointment stays. */
  record AlreadyTriggered() implements Deletion {}
}
