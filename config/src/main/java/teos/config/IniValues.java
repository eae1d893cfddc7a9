package teos.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An INI file of another program of the project, read as {@code teos.conf} is. */
public final class IniValues {

  private IniValues() {}

  /**
   * A value as text, not checked.
   *
   * @param text without the spaces around it; may be empty
   * @param where the file and the line, for messages
   */
  public record Value(String text, String where) {}

  /**
   * Reads {@code file}; no file is an empty one.
   *
   * @param keys all that may stand in it, in lower case
   * @return the values by key, from all sections
   * @throws ConfigException if it cannot be read or is no INI file, and if a key is unknown or
   *     given twice
   */
  public static Map<String, Value> read(Path file, List<String> keys) throws ConfigException {
    if (Files.notExists(file)) {
      return Map.of();
    }
    Map<String, Value> values = new LinkedHashMap<>();
    for (RawSetting given : IniFile.parse(file, ConfigFile.text(file))) {
      if (!keys.contains(given.key())) {
        throw given.refuseUnseen(LayeredSettings.unknown(given.key(), keys));
      }
      Value value = new Value(given.value(), given.origin().describe());
      @Nullable Value first = values.putIfAbsent(given.key(), value);
      if (first != null) {
        throw given.refuse("given twice, first in " + first.where());
      }
    }
    return values;
  }
}
