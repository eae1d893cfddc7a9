package teos.testkit.docs;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A fenced block of a page.
 *
 * @param page such as {@code docs/running.md}
 * @param line where its fence is, from 1
 * @param language the first word after the fence, or empty
 * @param file the second word: the file that this is an example of, or empty
 * @param text with a line break at its end
 * @param markers those right before it
 */
public record CodeBlock(
    String page, int line, String language, String file, String text, List<Marker> markers) {

  private static final String SEPARATOR = " = ";

  /** Whether it holds commands. */
  public boolean isShell() {
    return language.equals("sh") || language.equals("bash") || language.equals("console");
  }

  /** Whether {@code other} follows it with nothing but an empty line between them. */
  public boolean isFollowedBy(CodeBlock other) {
    long last = line + text.lines().count() + 1;
    return other.line > last && other.line <= last + 2;
  }

  /** Why it is not run, if it is not. */
  public Optional<String> notRunReason() {
    return texts(Marker.Kind.NOT_RUN).findFirst();
  }

  /** Commands that have to run before it. */
  public List<String> setup() {
    return texts(Marker.Kind.SETUP).toList();
  }

  /**
   * The text with what {@code run with} replaces.
   *
   * @throws IllegalStateException if a text that a marker replaces is missing
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
