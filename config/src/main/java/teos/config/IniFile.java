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
 * {@code teos.conf}, as Python's configparser reads it: comments only on lines of their own, keys
 * in any case, a line indented more than its key continues the value, {@code %} is special, and
 * what stands in {@code [DEFAULT]} counts where no section says otherwise.
 */
final class IniFile {

  private static final String DEFAULTS = "DEFAULT";
  private static final Pattern SECTION = Pattern.compile("\\[(.+)\\]");
  private static final Pattern DELIMITER = Pattern.compile("[=:]");

  private final Path file;
  private final List<Option> options = new ArrayList<>();
  private @Nullable String section;
  private @Nullable Option open;
  private int indent;

  private IniFile(Path file) {
    this.file = file;
  }

  /** A key and the lines of its value, the first of them on {@code line}. */
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
    return ini.given();
  }

  private void read(String line, int number) throws ConfigException {
    String content = line.strip();
    if (content.startsWith("#") || content.startsWith(";")) {
      return;
    }
    if (content.isEmpty()) {
      if (open != null) {
        open.lines().add("");
      }
      return;
    }
    int lineIndent = line.indexOf(content);
    if (open != null && lineIndent > indent) {
      open.lines().add(content);
      return;
    }
    indent = lineIndent;
    Matcher header = SECTION.matcher(content);
    if (header.lookingAt()) {
      section = header.group(1);
      open = null;
    } else {
      open = option(content, number);
      options.add(open);
    }
  }

  private Option option(String content, int number) throws ConfigException {
    if (section == null) {
      throw malformed(number, "a section, such as [teos], has to come before the first key");
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

  /** Does not quote the line, which may be a password's. */
  private ConfigException malformed(int line, String why) {
    return new ConfigException(new Origin.FileLine(file, line).describe() + ": " + why);
  }

  private List<RawSetting> given() throws ConfigException {
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

  /** What {@code %(key)s} can refer to within {@code section}. */
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
