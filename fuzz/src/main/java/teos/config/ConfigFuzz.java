package teos.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Fuzz target for both formats of the configuration file. */
public final class ConfigFuzz {

  private ConfigFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    try {
      IniFile.parse(Path.of("teos.conf"), text);
    } catch (ConfigException e) {
      // the expected result for an invalid file
    }
    try {
      TomlFile.parse(Path.of("teos.toml"), text);
    } catch (ConfigException e) {
      // the expected result for an invalid file
    }
  }
}
