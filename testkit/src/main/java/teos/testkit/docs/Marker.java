package teos.testkit.docs;

import java.util.Arrays;
import java.util.Optional;

/**
 * Comment in a page, invisible to readers, about the code block that follows.
 *
 * @param line line number, from 1
 * @param text text after the colon
 */
public record Marker(int line, Kind kind, String text) {

  /** Kind of marker. */
  public enum Kind {
    /** {@code not run: REASON}: the block is only checked, not run. */
    NOT_RUN("not run"),
    /** {@code nothing here is run: REASON}: no block of the page is run. */
    NOTHING_IS_RUN("nothing here is run"),
    /**
     * {@code given: COMMANDS}: bash commands that run before the block and create what its reader
     * already has.
     */
    SETUP("given"),
    /** {@code run with: TEXT = REPLACEMENT}: what the test uses in place of an example's value. */
    RUN_WITH("run with");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * Reads a comment without its {@code <!--} and {@code -->}.
   *
   * @throws IllegalArgumentException if it is not a marker
   */
  static Marker parse(String page, int line, String comment) {
    Optional<Kind> kind =
        Arrays.stream(Kind.values())
            .filter(one -> comment.strip().startsWith(one.words + ":"))
            .findFirst();
    String text = comment.strip().replaceFirst("[^:]*:", "").strip();
    if (kind.isEmpty() || text.isEmpty()) {
      throw new IllegalArgumentException(
          page + ":" + line + ": unknown marker <!--" + comment + "-->");
    }
    if (kind.get() == Kind.RUN_WITH && !text.contains(" = ")) {
      throw new IllegalArgumentException(page + ":" + line + ": expected TEXT = REPLACEMENT");
    }
    return new Marker(line, kind.get(), text);
  }
}
