package teos.client;

/** Result of asking the tower to delete an appointment. */
public sealed interface DeletionResult {

  /**
   * The tower has deleted the appointment.
   *
   * @param availableSlots the user's free slots after the deletion
   */
  record Deleted(long availableSlots) implements DeletionResult {}

  /** The tower has no such appointment. */
  record NotFound() implements DeletionResult {}
}
