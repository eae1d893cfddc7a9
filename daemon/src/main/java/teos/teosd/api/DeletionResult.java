package teos.teosd.api;

/** Result of a user's request to delete an appointment. */
public sealed interface DeletionResult {

  /** The appointment is deleted; on disk. */
  record Deleted(long availableSlots, long expiry) implements DeletionResult {}

  /** The user has no such appointment, or another version of it. */
  record NotFound() implements DeletionResult {}

  /** The request must say which version is deleted. */
  record SeveralVersions(String why) implements DeletionResult {}

  /** The appointment's dispute is being answered: it stays. */
  record AlreadyTriggered(String why) implements DeletionResult {}

  /** The user's subscription has ended, at this height. */
  record Expired(long expiry) implements DeletionResult {}
}
