package teos.teosd.process;

/** Makes text of any origin safe for a log: bounded, and without effect on a terminal. */
final class LogText {

  private static final int MAX_MESSAGE = 4_096;
  private static final int MAX_VALUE = 2_048;
  private static final int MAX_STACK_TRACE = 16_384;

  private LogText() {}

  static String message(String text) {
    return shortened(text, MAX_MESSAGE);
  }

  static String value(String text) {
    return shortened(text, MAX_VALUE);
  }

  static String stackTrace(String text) {
    return shortened(text, MAX_STACK_TRACE);
  }

  private static String shortened(String text, int max) {
    return text.length() <= max ? text : text.substring(0, max) + "…";
  }

  /**
   * Replaces each character that a terminal acts on (C0 and C1 control characters, line separators,
   * and marks that change the direction of text) by its escape sequence, such as {@code \u001b},
   * which is valid in JSON too.
   */
  static String escaped(String text) {
    if (text.chars().noneMatch(LogText::isActive)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isActive(c)) {
        escaped.append("\\u%04x".formatted((int) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static boolean isActive(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
