package teos.testkit.docs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command line of one of the programs, as the documentation shows it.
 *
 * @param where page and line
 * @param words what stands behind the program's name
 * @param mention whether only a command is named, within a sentence: what it needs may be left out
 */
public record DocumentedCommand(String where, List<String> words, boolean mention) {

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|([^\\s\"']+)");

  /** All of a program, in blocks and between backticks, run by the tests or not. */
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
    // By its name alone, or from the folder bin of this project: others have a teosd, too.
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
