package teos.client;

/** What became of a wish to have an appointment deleted. */
public sealed interface DeletionResult {

  /**
   * The tower has it no more.
   *
   * @param availableSlots that the user has at the tower now
   */
  record Deleted(long availableSlots) implements DeletionResult {}

  /** The tower has no such appointment. */
  record NotFound() implements DeletionResult {}
}
