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
 * Settings in environment variables: {@code TEOS_API_PORT} is {@code api_port}. Other variables
 * that begin with {@code TEOS_} are ignored: Kubernetes, for example, sets some. An empty variable
 * counts as not set, because {@code ${API_PORT:-}} in a compose file results in one.
 */
final class Environment {

  /** Variable that names the data folder. */
  static final String DATA_DIR = "TEOS_DATADIR";

  private static final String PREFIX = "TEOS_";
  private static final Set<String> OTHER_VARIABLES = Set.of(DATA_DIR, "TEOS_JAVA_OPTS");

  private final Map<String, String> variables;

  Environment(Map<String, String> variables) {
    this.variables = new TreeMap<>(variables);
    this.variables
        .keySet()
        .removeIf(name -> !name.startsWith(PREFIX) || OTHER_VARIABLES.contains(name));
    this.variables.values().removeIf(String::isEmpty);
  }

  /** Returns the environment of this process. */
  static Environment ofProcess() {
    return new Environment(System.getenv());
  }

  /** Returns the data folder that {@link #DATA_DIR} names, if it is set. */
  static Optional<String> dataDir() {
    return Optional.ofNullable(System.getenv(DATA_DIR)).filter(folder -> !folder.isBlank());
  }

  List<RawSetting> settings() {
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

  /**
   * Handles {@code TEOS_SECRET_KEY} too: its key, {@code teos_secret_key}, has the prefix itself.
   */
  private static Optional<Setting> setting(String variable) {
    String name = variable.toLowerCase(Locale.ROOT);
    return Setting.named(name.substring(PREFIX.length())).or(() -> Setting.named(name));
  }

  /** Returns warnings for variables that look like misspelled settings. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (String name : variables.keySet()) {
      if (setting(name).isEmpty()) {
        Suggestion.closest(name.substring(PREFIX.length()), Setting.keys())
            .ifPresent(
                key ->
                    warnings.add(
                        "unknown environment variable "
                            + name
                            + "; did you mean "
                            + variable(key)
                            + "?"));
      }
    }
    return warnings;
  }

  /** Returns the variable for the setting {@code key}. */
  static String variable(String key) {
    String name = key.toUpperCase(Locale.ROOT);
    return name.startsWith(PREFIX) ? name : PREFIX + name;
  }
}
