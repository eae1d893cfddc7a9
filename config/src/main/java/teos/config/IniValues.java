package teos.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reader of an INI file of another program of this project, with the rules of {@code teos.conf}.
 */
public final class IniValues {

  private IniValues() {}

  /**
   * Unchecked value.
   *
   * @param text without surrounding spaces; may be empty
   * @param where file and line, for messages
   */
  public record Value(String text, String where) {}

  /**
   * Reads {@code file}; a missing file counts as empty.
   *
   * @param keys all allowed keys, in lower case
   * @return the values of all sections by key
   * @throws ConfigException if the file cannot be read or is not an INI file, or if a key is
   *     unknown or set twice
   */
  public static Map<String, Value> read(Path file, List<String> keys) throws ConfigException {
    if (Files.notExists(file)) {
      return Map.of();
    }
    Map<String, Value> values = new LinkedHashMap<>();
    for (RawSetting raw : IniFile.parse(file, ConfigFile.text(file))) {
      if (!keys.contains(raw.key())) {
        throw raw.errorWithoutValue(LayeredSettings.unknown(raw.key(), keys));
      }
      Value value = new Value(raw.value(), raw.origin().describe());
      @Nullable Value first = values.putIfAbsent(raw.key(), value);
      if (first != null) {
        throw raw.error("set twice; first in " + first.where());
      }
    }
    return values;
  }
}
