package teos.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Configuration file in the data folder: {@code teos.toml}, {@code teos.conf}, or none. */
final class ConfigFile {

  private ConfigFile() {}

  /** Returns the settings in the file of {@code dataDir}; empty if there is no file. */
  static List<RawSetting> read(Path dataDir) throws ConfigException {
    Path toml = dataDir.resolve("teos.toml");
    Path ini = dataDir.resolve("teos.conf");
    if (mayExist(toml) && mayExist(ini)) {
      if (!Files.exists(toml) && !Files.exists(ini)) {
        throw new ConfigException("cannot read " + dataDir + ": permission denied");
      }
      throw new ConfigException("both " + toml + " and " + ini + " exist; keep one of them");
    }
    if (mayExist(toml)) {
      return TomlFile.parse(toml, text(toml));
    }
    return mayExist(ini) ? IniFile.parse(ini, text(ini)) : List.of();
  }

  /**
   * Returns the file of {@code dataDir} if this user can see that it exists but may not read it.
   */
  static Optional<Path> unreadable(Path dataDir) {
    return Stream.of("teos.toml", "teos.conf")
        .map(dataDir::resolve)
        .filter(file -> Files.exists(file) && !Files.isReadable(file))
        .findFirst();
  }

  /**
   * Returns whether the file exists or the folder is not accessible: silently starting on defaults
   * would be a surprise.
   */
  private static boolean mayExist(Path file) {
    return !Files.notExists(file);
  }

  static String text(Path file) throws ConfigException {
    try {
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new ConfigException("cannot read " + file + ": not UTF-8 text");
    } catch (AccessDeniedException e) {
      throw new ConfigException("cannot read " + file + ": permission denied");
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + e.getMessage());
    }
  }
}
