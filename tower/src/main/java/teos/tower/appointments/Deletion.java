package teos.tower.appointments;

/** What becomes of a user's wish to have an appointment deleted. */
public sealed interface Deletion {

  /**
   * It is deleted; on disk.
   *
   * @param availableSlots that the user has now
   */
  record Deleted(long availableSlots) implements Deletion {}

  /** There is none, or another version than the one that is to be deleted. */
  record NotFound() implements Deletion {}

  /** There has been more than one version, and the request does not say which is to be deleted. */
  record SeveralVersions() implements Deletion {}

  /** Its dispute has been seen, and is being answered: it stays. */
  record AlreadyTriggered() implements Deletion {}
}
