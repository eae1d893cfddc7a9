package teos.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * configparser's {@code %}: {@code %%} stands for a percent sign and {@code %(key)s} for another
 * key's value. A password with a percent sign in an old file is written with two.
 *
 * @param given the value as it stands in the file
 * @param visible the raw values that it can refer to
 */
record IniInterpolation(RawSetting given, Map<String, String> visible) {

  private static final Pattern PERCENT = Pattern.compile("%(?:(%)|\\(([^)]+)\\)s|)");

  /** As in configparser; keeps values that refer to each other from going on forever. */
  private static final int MAX_DEPTH = 10;

  String value() throws ConfigException {
    return expand(given.value(), 1);
  }

  private String expand(String raw, int depth) throws ConfigException {
    if (depth > MAX_DEPTH) {
      throw given.refuseUnseen("it refers to itself with %(key)s");
    }
    StringBuilder value = new StringBuilder();
    Matcher percent = PERCENT.matcher(raw);
    while (percent.find()) {
      percent.appendReplacement(value, Matcher.quoteReplacement(meaning(percent, depth)));
    }
    return percent.appendTail(value).toString();
  }

  private String meaning(Matcher percent, int depth) throws ConfigException {
    if (percent.group(1) != null) {
      return "%";
    }
    String key = percent.group(2);
    if (key == null) {
      throw given.refuseUnseen("a percent sign is written %% in this file");
    }
    @Nullable String target = visible.get(key.toLowerCase(Locale.ROOT));
    if (target == null) {
      throw given.refuseUnseen("it refers to %(" + key + ")s, which is not in this section");
    }
    return expand(target, depth + 1);
  }
}
