package teos.client;

/** What became of a wish to have an appointment deleted. */
public sealed interface Deleted {

  /**
   * The tower has it no more.
   *
   * @param availableSlots that the user has at the tower now
   */
  record Done(long availableSlots) implements Deleted {}

  /** The tower has no such appointment. */
  record NotFound() implements Deleted {}
}
