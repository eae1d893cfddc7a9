package teos.teosd.rpc;

import io.grpc.StatusException;

/** Rules for the operator's label of a user. */
final class UserLabel {

  private static final int MAX_CHARACTERS = 64;

  /** Longest label in UTF-8. */
  static final int MAX_BYTES = 4 * MAX_CHARACTERS;

  private UserLabel() {}

  /**
   * Returns {@code label} without surrounding spaces.
   *
   * @throws StatusException if the label is too long, or has characters that would disturb a
   *     terminal
   */
  static String require(String label) throws StatusException {
    String stripped = label.strip();
    int characters = stripped.codePointCount(0, stripped.length());
    if (characters > MAX_CHARACTERS) {
      throw UnaryCalls.invalid(
          "a label has at most " + MAX_CHARACTERS + " characters; this one has " + characters);
    }
    if (!stripped.codePoints().allMatch(UserLabel::isPrintable)) {
      throw UnaryCalls.invalid(
          "a label may only have printable characters: letters, digits, punctuation, symbols and"
              + " spaces");
    }
    return stripped;
  }

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT, // such as changes of the writing direction
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
