package teos.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parser of {@code teos.conf} with the rules of Python's configparser: comments stand on their own
 * lines, keys are case-insensitive, a line that is indented more than its key continues the value,
 * {@code %} is special, and a section overrides the values in {@code [DEFAULT]}.
 */
final class IniFile {

  private static final String DEFAULTS = "DEFAULT";
  private static final Pattern SECTION = Pattern.compile("\\[(.+)\\]");
  private static final Pattern DELIMITER = Pattern.compile("[=:]");

  private final Path file;
  private final List<Option> options = new ArrayList<>();
  private @Nullable String section;
  private @Nullable Option current;
  private int indent;

  private IniFile(Path file) {
    this.file = file;
  }

  /** Key and the lines of its value, of which the first is on {@code line}. */
  record Option(String section, String key, List<String> lines, int line) {
    String raw() {
      return String.join("\n", lines).stripTrailing();
    }
  }

  static List<RawSetting> parse(Path file, String text) throws ConfigException {
    IniFile ini = new IniFile(file);
    int number = 0;
    for (String line : text.lines().toList()) {
      ini.read(line, ++number);
    }
    return ini.settings();
  }

  private void read(String line, int number) throws ConfigException {
    String content = line.strip();
    if (content.startsWith("#") || content.startsWith(";")) {
      return;
    }
    if (content.isEmpty()) {
      if (current != null) {
        current.lines().add("");
      }
      return;
    }
    int lineIndent = line.indexOf(content);
    if (current != null && lineIndent > indent) {
      current.lines().add(content);
      return;
    }
    indent = lineIndent;
    Matcher header = SECTION.matcher(content);
    if (header.lookingAt()) {
      section = header.group(1);
      current = null;
    } else {
      current = option(content, number);
      options.add(current);
    }
  }

  private Option option(String content, int number) throws ConfigException {
    if (section == null) {
      throw malformed(number, "expected a section, such as [teos], before the first key");
    }
    Matcher delimiter = DELIMITER.matcher(content);
    if (!delimiter.find() || delimiter.start() == 0) {
      throw malformed(number, "expected key = value, [section], or a comment");
    }
    String key = content.substring(0, delimiter.start()).strip().toLowerCase(Locale.ROOT);
    List<String> lines = new ArrayList<>();
    lines.add(content.substring(delimiter.end()).strip());
    return new Option(section, key, lines, number);
  }

  /** Returns an error that does not quote the line, which may contain a password. */
  private ConfigException malformed(int line, String reason) {
    return new ConfigException(new Origin.FileLine(file, line).describe() + ": " + reason);
  }

  private List<RawSetting> settings() throws ConfigException {
    List<RawSetting> all = new ArrayList<>();
    for (Option option : options) {
      if (!isOverridden(option)) {
        Origin origin = new Origin.FileLine(file, option.line());
        RawSetting raw = RawSetting.text(option.key(), option.raw(), option.raw(), origin);
        String value = new IniInterpolation(raw, visibleFrom(option.section())).value();
        all.add(RawSetting.text(option.key(), option.raw(), value, origin));
      }
    }
    return all;
  }

  private boolean isOverridden(Option option) {
    return option.section().equals(DEFAULTS)
        && options.stream()
            .anyMatch(
                other -> !other.section().equals(DEFAULTS) && other.key().equals(option.key()));
  }

  /** Returns the raw values that {@code %(key)s} can refer to within {@code section}. */
  private Map<String, String> visibleFrom(String section) {
    Map<String, String> visible = new LinkedHashMap<>();
    for (String visited : List.of(DEFAULTS, section)) {
      for (Option option : options) {
        if (option.section().equals(visited)) {
          visible.put(option.key(), option.raw());
        }
      }
    }
    return visible;
  }
}
