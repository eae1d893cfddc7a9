package teos.teosd.api;

/** Result of a user's request to delete an appointment. */
public sealed interface DeletionResult {

  /** The appointment has been deleted; the deletion is on disk. */
  record Deleted(long availableSlots, long expiry) implements DeletionResult {}

  /** The user has no such appointment, or only another version of it. */
  record NotFound() implements DeletionResult {}

  /** The appointment has several versions and the request does not name one. */
  record SeveralVersions(String why) implements DeletionResult {}

  /** The tower is responding to the appointment's dispute, so the appointment stays. */
  record AlreadyTriggered(String why) implements DeletionResult {}

  /** The user's subscription ended at the height {@code expiry}. */
  record Expired(long expiry) implements DeletionResult {}
}
