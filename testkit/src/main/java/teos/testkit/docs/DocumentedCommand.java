package teos.testkit.docs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Command line of one of the programs in the documentation.
 *
 * @param where page and line
 * @param words arguments after the program's name
 * @param mention whether a sentence only mentions a command, possibly without its required
 *     arguments
 */
public record DocumentedCommand(String where, List<String> words, boolean mention) {

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|([^\\s\"']+)");

  /**
   * Returns all command lines of {@code program} in code blocks and inline code, including those
   * that tests do not run.
   */
  public static List<DocumentedCommand> of(Path root, String program) throws IOException {
    List<DocumentedCommand> all = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all(root)) {
      for (CodeBlock block : page.blocks()) {
        if (block.isShell()) {
          int line = block.line();
          for (String text : block.text().replace("\\\n", "  ").lines().toList()) {
            line++;
            all.addAll(in(page.name() + ":" + line, text, program, false));
          }
        }
      }
      for (MarkdownPage.InlineCode code : page.code()) {
        all.addAll(in(code.toString(), code.text(), program, true));
      }
    }
    return all;
  }

  private static List<DocumentedCommand> in(
      String where, String line, String program, boolean inSentence) {
    String text = line.replaceFirst("(^|\\s)#\\s.*", "");
    // Only the bare name or a path of this project: other projects also have a teosd.
    Matcher start =
        Pattern.compile("(?:^|[\\s(])(?:bin/|\\S*java-teos\\S*/bin/)?" + program + "(?![^\\s)])")
            .matcher(text);
    List<DocumentedCommand> found = new ArrayList<>();
    while (start.find()) {
      String rest =
          text.substring(start.end())
              .replaceAll("\\$\\([^)]*\\)", "VALUE")
              .replaceFirst("[|;&>)].*", "");
      List<String> words =
          WORD.matcher(rest).results().map(word -> word.group().replaceAll("[\"']", "")).toList();
      boolean placeholder = words.stream().anyMatch(word -> word.matches("COMMAND|\\.\\.\\.|…"));
      if (!placeholder) {
        boolean mention = inSentence && words.size() == 1 && !words.getFirst().startsWith("-");
        found.add(new DocumentedCommand(where, words, mention));
      }
    }
    return found;
  }
}
