package teos.teosd.rpc;

import io.grpc.StatusException;

/** The operator's own name for a user. */
final class UserLabel {

  private static final int MAX_CHARACTERS = 64;

  /** In UTF-8. */
  static final int MAX_BYTES = 4 * MAX_CHARACTERS;

  private UserLabel() {}

  /**
   * Returns {@code label} without spaces around it.
   *
   * @throws StatusException if it is too long, or has characters that would disturb a terminal
   */
  static String require(String label) throws StatusException {
    String stripped = label.strip();
    int characters = stripped.codePointCount(0, stripped.length());
    if (characters > MAX_CHARACTERS) {
      throw UnaryCalls.invalid(
          "a label has at most " + MAX_CHARACTERS + " characters, and this one has " + characters);
    }
    if (!stripped.codePoints().allMatch(UserLabel::isPrintable)) {
      throw UnaryCalls.invalid(
          "a label has printable characters only: letters, digits, punctuation, symbols and"
              + " spaces");
    }
    return stripped;
  }

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT, // such as those that turn the direction of writing
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
