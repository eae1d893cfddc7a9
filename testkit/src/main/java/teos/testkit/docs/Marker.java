package teos.testkit.docs;

import java.util.Arrays;
import java.util.Optional;

/**
 * A comment in a page, which its readers do not see, about the block that follows.
 *
 * @param line where it begins, from 1
 * @param text what stands behind the colon
 */
public record Marker(int line, Kind kind, String text) {

  /** What a marker says. */
  public enum Kind {
    /** {@code not run: REASON}: the block is checked only. */
    NOT_RUN("not run"),
    /** {@code nothing here is run: REASON}: the same of all blocks of the page. */
    NOTHING_IS_RUN("nothing here is run"),
    /**
     * {@code given: COMMANDS}: bash that runs before the block: what its reader has by
     * circumstances.
     */
    SETUP("given"),
    /**
     * {@code run with: TEXT = REPLACEMENT}: what a reader puts in the place of an example's value.
     */
    RUN_WITH("run with");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * Reads a comment without its {@code <!--} and {@code -->}.
   *
   * @throws IllegalArgumentException if that is no marker
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
