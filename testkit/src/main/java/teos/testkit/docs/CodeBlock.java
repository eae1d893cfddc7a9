package teos.testkit.docs;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Fenced code block of a page.
 *
 * @param page path of the page, such as {@code docs/running.md}
 * @param line line number of its opening fence, from 1
 * @param language the first word after the fence, or empty
 * @param file the second word after the fence: the file that the block is an example of; or empty
 * @param text contents, with a line break at the end
 * @param markers markers right before the block
 */
public record CodeBlock(
    String page, int line, String language, String file, String text, List<Marker> markers) {

  private static final String SEPARATOR = " = ";

  /** Returns whether the block contains commands. */
  public boolean isShell() {
    return language.equals("sh") || language.equals("bash") || language.equals("console");
  }

  /** Returns whether {@code other} follows with at most an empty line in between. */
  public boolean isFollowedBy(CodeBlock other) {
    long last = line + text.lines().count() + 1;
    return other.line > last && other.line <= last + 2;
  }

  /** Returns the reason why tests do not run the block, if its markers give one. */
  public Optional<String> notRunReason() {
    return texts(Marker.Kind.NOT_RUN).findFirst();
  }

  /** Returns the commands that tests must run before the block. */
  public List<String> setup() {
    return texts(Marker.Kind.SETUP).toList();
  }

  /**
   * Returns the text with the replacements of the {@code run with} markers.
   *
   * @throws IllegalStateException if the text does not contain what a marker replaces
   */
  public String replaced() {
    String replaced = text;
    for (String rule : texts(Marker.Kind.RUN_WITH).toList()) {
      String old = rule.substring(0, rule.indexOf(SEPARATOR));
      if (!replaced.contains(old)) {
        throw new IllegalStateException(this + ": there is no \"" + old + "\" to replace");
      }
      replaced =
          replaced.replace(old, rule.substring(rule.indexOf(SEPARATOR) + SEPARATOR.length()));
    }
    return replaced;
  }

  private Stream<String> texts(Marker.Kind kind) {
    return markers.stream().filter(marker -> marker.kind() == kind).map(Marker::text);
  }

  @Override
  public String toString() {
    return page + ":" + line;
  }
}
