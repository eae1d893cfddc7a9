package teos.tower.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Data about a user that only the operator sees.
 *
 * @param label operator's label for the user; empty without one
 * @param lastSeen when the user last signed a request, to within an hour; empty if never
 */
public record UserNotes(String label, Optional<Instant> lastSeen) {

  /** No label, and not seen yet. */
  public static final UserNotes NONE = new UserNotes("", Optional.empty());

  /** Returns the notes of a user who was also seen {@code at} that time. */
  public UserNotes seen(Instant at) {
    return lastSeen.filter(known -> !known.isBefore(at)).isPresent()
        ? this
        : new UserNotes(label, Optional.of(at));
  }
}
