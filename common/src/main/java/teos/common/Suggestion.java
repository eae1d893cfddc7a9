package teos.common;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Suggestions for mistyped words. */
public final class Suggestion {

  private static final int MAX_LENGTH = 64;
  private static final int MAX_DISTANCE = 3;

  private Suggestion() {}

  /**
   * Returns the word of {@code known} that is closest to {@code typed}, the first one of several;
   * empty if none is close. Ignores case, {@code -} and {@code _}.
   */
  public static Optional<String> closest(String typed, Collection<String> known) {
    String wanted = plain(typed);
    if (wanted.isEmpty() || wanted.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int best = 1 + Math.min(MAX_DISTANCE, Math.max(1, wanted.length() / 3));
    Optional<String> closest = Optional.empty();
    for (String word : known) {
      int distance = distance(wanted, plain(word));
      if (distance < best) {
        best = distance;
        closest = Optional.of(word);
      }
    }
    return closest;
  }

  /** Returns {@code "; did you mean WORD?"} for the end of a message, or an empty string. */
  public static String hint(String typed, Collection<String> known) {
    return closest(typed, known).map(word -> "; did you mean " + word + "?").orElse("");
  }

  private static String plain(String text) {
    return text.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /** Returns the edit distance: insertions, deletions, replacements and swaps of neighbours. */
  private static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          steps[i][j] = i + j;
          continue;
        }
        int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        steps[i][j] =
            Math.min(steps[i - 1][j - 1] + replace, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
        }
      }
    }
    return steps[a.length()][b.length()];
  }
}
