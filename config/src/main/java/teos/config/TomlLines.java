package teos.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Line numbers of the keys of a TOML text, which the parser does not report. */
final class TomlLines {

  private static final Pattern KEY =
      Pattern.compile("\\s*(?:[\\w\"'-]+\\s*\\.\\s*)*[\"']?([\\w-]+)[\"']?\\s*=\\s*(.*)");

  private final List<Line> all = new ArrayList<>();
  private final Map<String, Integer> requested = new HashMap<>();

  /** {@code key = value} on line {@code number}, counted from 1. */
  record Line(String key, String value, int number) {}

  TomlLines(String text) {
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      Matcher matcher = KEY.matcher(line);
      if (matcher.matches()) {
        all.add(new Line(matcher.group(1), matcher.group(2).strip(), number));
      }
    }
  }

  /** Returns the line of the next occurrence of {@code key}; 0 if there are no more. */
  int next(String key) {
    int skip = requested.merge(key, 1, Integer::sum) - 1;
    return all.stream()
        .filter(line -> line.key().equals(key))
        .skip(skip)
        .findFirst()
        .map(Line::number)
        .orElse(0);
  }

  /** Returns the first two lines with the same key. */
  Optional<List<Line>> repeated() {
    Map<String, Line> seen = new HashMap<>();
    for (Line line : all) {
      @Nullable Line first = seen.putIfAbsent(line.key(), line);
      if (first != null) {
        return Optional.of(List.of(first, line));
      }
    }
    return Optional.empty();
  }
}
