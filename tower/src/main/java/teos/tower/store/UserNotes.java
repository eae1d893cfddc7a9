package teos.tower.store;

import java.time.Instant;
import java.util.Optional;

/**
 * What only the operator is shown of a user.
 *
 * @param label the operator's own name for the user; empty without one
 * @param lastSeen when the user last signed a request, to within an hour; empty if never
 */
public record UserNotes(String label, Optional<Instant> lastSeen) {

  /** Nothing is known. */
  public static final UserNotes NONE = new UserNotes("", Optional.empty());

  /** Returns the same notes of a user who has been seen {@code at} that time, too. */
  public UserNotes seen(Instant at) {
    return lastSeen.filter(known -> !known.isBefore(at)).isPresent()
        ? this
        : new UserNotes(label, Optional.of(at));
  }
}
