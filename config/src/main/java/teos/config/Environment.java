package teos.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import teos.common.Suggestion;

/**
 * Settings in environment variables: {@code TEOS_API_PORT} is {@code api_port}. What begins with
 * {@code TEOS_} and is no setting belongs to somebody else, such as Kubernetes, and is left alone.
 * Empty text is the same as not given, as {@code ${API_PORT:-}} in a compose file leaves it behind.
 */
final class Environment {

  /** Where the data folder is. */
  static final String DATA_DIR = "TEOS_DATADIR";

  private static final String PREFIX = "TEOS_";
  private static final Set<String> NO_SETTINGS = Set.of(DATA_DIR, "TEOS_JAVA_OPTS");

  private final Map<String, String> variables;

  Environment(Map<String, String> variables) {
    this.variables = new TreeMap<>(variables);
    this.variables
        .keySet()
        .removeIf(name -> !name.startsWith(PREFIX) || NO_SETTINGS.contains(name));
    this.variables.values().removeIf(String::isEmpty);
  }

  /** The environment of this process. */
  static Environment ofProcess() {
    return new Environment(System.getenv());
  }

  /** The data folder that {@link #DATA_DIR} names. */
  static Optional<String> dataDir() {
    return Optional.ofNullable(System.getenv(DATA_DIR)).filter(folder -> !folder.isBlank());
  }

  List<RawSetting> given() {
    List<RawSetting> all = new ArrayList<>();
    variables.forEach(
        (name, value) ->
            setting(name)
                .ifPresent(
                    setting ->
                        all.add(
                            RawSetting.text(
                                setting.key(), value, value, new Origin.Variable(name)))));
    return all;
  }

  /** {@code TEOS_SECRET_KEY} is {@code teos_secret_key}, which has the prefix already. */
  private static Optional<Setting> setting(String variable) {
    String name = variable.toLowerCase(Locale.ROOT);
    return Setting.named(name.substring(PREFIX.length())).or(() -> Setting.named(name));
  }

  /** Variables that are no settings, but look like one that is mistyped. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (String name : variables.keySet()) {
      if (setting(name).isEmpty()) {
        Suggestion.closest(name.substring(PREFIX.length()), Setting.keys())
            .ifPresent(
                key ->
                    warnings.add(
                        name
                            + " (environment) is no setting; did you mean "
                            + variable(key)
                            + "?"));
      }
    }
    return warnings;
  }

  /** The variable that is the setting {@code key}. */
  static String variable(String key) {
    String name = key.toUpperCase(Locale.ROOT);
    return name.startsWith(PREFIX) ? name : PREFIX + name;
  }
}
