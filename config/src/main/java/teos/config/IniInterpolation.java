package teos.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * configparser's interpolation: {@code %%} stands for a percent sign and {@code %(key)s} for the
 * value of another key. A percent sign in a password must therefore be written twice.
 *
 * @param raw the setting with its value as written in the file
 * @param visible the raw values that it can refer to
 */
record IniInterpolation(RawSetting raw, Map<String, String> visible) {

  private static final Pattern PERCENT = Pattern.compile("%(?:(%)|\\(([^)]+)\\)s|)");

  /** Limit of configparser; stops values that refer to each other. */
  private static final int MAX_DEPTH = 10;

  String value() throws ConfigException {
    return expand(raw.value(), 1);
  }

  private String expand(String text, int depth) throws ConfigException {
    if (depth > MAX_DEPTH) {
      throw raw.errorWithoutValue("the value refers to itself with %(key)s");
    }
    StringBuilder value = new StringBuilder();
    Matcher percent = PERCENT.matcher(text);
    while (percent.find()) {
      percent.appendReplacement(value, Matcher.quoteReplacement(replacement(percent, depth)));
    }
    return percent.appendTail(value).toString();
  }

  private String replacement(Matcher percent, int depth) throws ConfigException {
    if (percent.group(1) != null) {
      return "%";
    }
    String key = percent.group(2);
    if (key == null) {
      throw raw.errorWithoutValue("write a percent sign as %% in this file");
    }
    @Nullable String target = visible.get(key.toLowerCase(Locale.ROOT));
    if (target == null) {
      throw raw.errorWithoutValue(
          "the value refers to %(" + key + ")s, which is not in this section");
    }
    return expand(target, depth + 1);
  }
}
