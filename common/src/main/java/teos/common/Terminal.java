package teos.common;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The terminal that a program was started in, and how text fits it. */
public final class Terminal {

  /** So much of a long word tells it from others. */
  private static final int MIN_COLUMN = 13;

  private static final long ANSWER_SECONDS = 2;

  private Terminal() {}

  /** Returns the console, if standard input and output are a terminal. */
  @SuppressWarnings("SystemConsoleNull") // it is null in a runtime image without jdk.internal.le
  public static Optional<Console> interactive() {
    Console console = System.console();
    return console != null && console.isTerminal() ? Optional.of(console) : Optional.empty();
  }

  /** Returns the width in columns, by {@code stty}; 0 without a terminal, or if it is unknown. */
  public static int columns() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String said =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      boolean known =
          stty.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS) && said.matches("\\d{1,4} \\d{1,4}");
      return known ? Integer.parseInt(said.substring(said.indexOf(' ') + 1)) : 0;
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /**
   * Narrows the widest columns, evenly, until all fit side by side or all have their minimum width.
   *
   * @param room for the columns, without the gaps between them
   */
  public static void fit(int[] widths, int room) {
    while (true) {
      int sum = 0;
      int widest = 0;
      for (int i = 0; i < widths.length; i++) {
        sum += widths[i];
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (sum <= room || widths.length == 0 || widths[widest] <= MIN_COLUMN) {
        return;
      }
      widths[widest]--;
    }
  }

  /** Returns {@code at}, or the index after it within a surrogate pair. */
  private static int whole(String text, int at) {
    boolean isWithin = at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at));
    return isWithin ? at + 1 : at;
  }

  /** Returns {@code text} with an ellipsis for its middle, if it has more characters than that. */
  public static String shortened(String text, int width) {
    if (text.length() <= width || width < 1) {
      return text;
    }
    int head = width / 2;
    int tail = width - 1 - head;
    return text.substring(0, whole(text, head))
        + "…"
        + text.substring(whole(text, text.length() - tail));
  }
}
