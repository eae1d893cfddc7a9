package teos.common;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The terminal in which a program runs, and layout of text for its width. */
public final class Terminal {

  /** Characters by which long values can still be distinguished. */
  private static final int MIN_COLUMN = 13;

  private static final long STTY_TIMEOUT_SECONDS = 2;

  private Terminal() {}

  /**
   * Returns the console, if standard input and output are a terminal. Java 22 to 24 return one in
   * other cases, too, unless the system property {@code jdk.console} is {@code java.base}.
   */
  @SuppressWarnings("SystemConsoleNull") // it is null without a terminal in Java 17 and 25
  public static Optional<Console> interactive() {
    return Optional.ofNullable(System.console());
  }

  /** Returns the width in columns according to {@code stty}; 0 if it is unknown. */
  public static int columns() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String output =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      boolean known =
          stty.waitFor(STTY_TIMEOUT_SECONDS, TimeUnit.SECONDS)
              && output.matches("\\d{1,4} \\d{1,4}");
      return known ? Integer.parseInt(output.substring(output.indexOf(' ') + 1)) : 0;
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /**
   * Narrows the widest columns evenly until all fit, or until they have their minimum width.
   *
   * @param widths widths of the columns in characters; modified
   * @param available characters for the columns, without the gaps between them
   */
  public static void fit(int[] widths, int available) {
    while (true) {
      int sum = 0;
      int widest = 0;
      for (int i = 0; i < widths.length; i++) {
        sum += widths[i];
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (sum <= available || widths.length == 0 || widths[widest] <= MIN_COLUMN) {
        return;
      }
      widths[widest]--;
    }
  }

  /** Returns {@code index}, or the next index if {@code index} is inside a surrogate pair. */
  private static int characterBoundary(String text, int index) {
    boolean isInside =
        index > 0 && index < text.length() && Character.isLowSurrogate(text.charAt(index));
    return isInside ? index + 1 : index;
  }

  /**
   * Returns {@code text} with its middle replaced by an ellipsis if it is longer than {@code
   * width}.
   */
  public static String shortened(String text, int width) {
    if (text.length() <= width || width < 1) {
      return text;
    }
    int head = width / 2;
    int tail = width - 1 - head;
    return text.substring(0, characterBoundary(text, head))
        + "…"
        + text.substring(characterBoundary(text, text.length() - tail));
  }
}
