package teos.testkit.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The parts of a documentation page (Markdown) that the tests check.
 *
 * @param name path in the project, with slashes
 * @param blocks fenced code blocks in order
 * @param code inline code
 * @param links targets of the links, as written
 * @param headings headings without {@code #}
 * @param notRunReason reason why tests run no block of the page, if the page gives one
 */
public record MarkdownPage(
    String name,
    List<CodeBlock> blocks,
    List<InlineCode> code,
    List<String> links,
    List<String> headings,
    Optional<String> notRunReason) {

  private static final Pattern PARAGRAPHS = Pattern.compile("(?<=\n)(?=\n)");
  private static final Pattern FENCE = Pattern.compile("```(\\S*) ?(\\S*)");
  private static final Pattern CODE = Pattern.compile("(`+)(.+?)\\1(?!`)", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  /** Text between backticks, with line breaks replaced by spaces. */
  public record InlineCode(String page, int line, String text) {

    @Override
    public String toString() {
      return page + ":" + line;
    }
  }

  /** Returns README, CONTRIBUTING, SECURITY and all pages in {@code docs/}. */
  public static List<MarkdownPage> all(Path root) throws IOException {
    try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      List<Path> files =
          Stream.concat(
                  Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md").map(root::resolve),
                  docs.filter(file -> file.toString().endsWith(".md")).sorted())
              .toList();
      List<MarkdownPage> pages = new ArrayList<>();
      for (Path file : files) {
        String name = root.relativize(file).toString();
        pages.add(new Reader(name).read(Files.readAllLines(file)));
      }
      return pages;
    }
  }

  /** Returns the anchor that GitHub generates for a heading. */
  public static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
  }

  private static final class Reader {

    private final String page;
    private final List<CodeBlock> blocks = new ArrayList<>();
    private final List<Marker> markers = new ArrayList<>();
    private final List<String> headings = new ArrayList<>();
    private final StringBuilder prose = new StringBuilder();
    private Optional<String> whyNothingIsRun = Optional.empty();

    Reader(String page) {
      this.page = page;
    }

    MarkdownPage read(List<String> lines) {
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        Matcher fence = FENCE.matcher(line);
        if (line.startsWith("<!--")) {
          int last = indexOf(lines, i, "-->");
          String comment = String.join("\n", lines.subList(i, last + 1)).strip();
          readMarker(i, comment.substring("<!--".length(), comment.length() - "-->".length()));
          prose.append("\n".repeat(last - i + 1));
          i = last;
        } else if (fence.matches()) {
          int last = indexOf(lines, i + 1, "```");
          String text = String.join("\n", lines.subList(i + 1, last)) + "\n";
          blocks.add(
              new CodeBlock(
                  page, i + 1, fence.group(1), fence.group(2), text, List.copyOf(markers)));
          markers.clear();
          prose.append("\n".repeat(last - i + 1));
          i = last;
        } else {
          if (!line.isBlank()) {
            rejectPendingMarkers();
          }
          if (line.startsWith("#")) {
            headings.add(line.replaceFirst("#+ *", ""));
          }
          prose.append(line).append('\n');
        }
      }
      rejectPendingMarkers();
      List<String> links = LINK.matcher(prose).results().map(found -> found.group(1)).toList();
      return new MarkdownPage(page, blocks, inlineCode(), links, headings, whyNothingIsRun);
    }

    private int indexOf(List<String> lines, int from, String end) {
      for (int i = from; i < lines.size(); i++) {
        if (lines.get(i).strip().endsWith(end)) {
          return i;
        }
      }
      throw new IllegalArgumentException(page + ":" + (from + 1) + " has no " + end);
    }

    private void readMarker(int line, String comment) {
      Marker marker = Marker.parse(page, line + 1, comment);
      if (marker.kind() == Marker.Kind.NOTHING_IS_RUN) {
        whyNothingIsRun = Optional.of(marker.text());
      } else {
        markers.add(marker);
      }
    }

    private void rejectPendingMarkers() {
      if (!markers.isEmpty()) {
        throw new IllegalArgumentException(
            page + ":" + markers.getFirst().line() + ": a marker must be followed by a code block");
      }
    }

    private List<InlineCode> inlineCode() {
      List<InlineCode> found = new ArrayList<>();
      int line = 1;
      // Inline code does not extend beyond its paragraph.
      for (String paragraph : PARAGRAPHS.splitAsStream(prose).toList()) {
        Matcher matcher = CODE.matcher(paragraph);
        while (matcher.find()) {
          long before =
              paragraph.substring(0, matcher.start()).chars().filter(c -> c == '\n').count();
          found.add(
              new InlineCode(
                  page, line + (int) before, matcher.group(2).replaceAll("\\s+", " ").strip()));
        }
        line += (int) paragraph.chars().filter(c -> c == '\n').count();
      }
      return found;
    }
  }
}
