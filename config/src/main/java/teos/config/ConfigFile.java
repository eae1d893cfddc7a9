package teos.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The file in the data folder: {@code teos.toml}, {@code teos.conf}, or none. */
final class ConfigFile {

  private ConfigFile() {}

  /** What is given in the file of {@code dataDir}; empty if there is none. */
  static List<RawSetting> read(Path dataDir) throws ConfigException {
    Path toml = dataDir.resolve("teos.toml");
    Path ini = dataDir.resolve("teos.conf");
    if (mayExist(toml) && mayExist(ini)) {
      if (!Files.exists(toml) && !Files.exists(ini)) {
        throw new ConfigException("cannot read " + dataDir + ": permission denied");
      }
      throw new ConfigException("both " + toml + " and " + ini + " are there: keep one of them");
    }
    if (mayExist(toml)) {
      return TomlFile.parse(toml, text(toml));
    }
    return mayExist(ini) ? IniFile.parse(ini, text(ini)) : List.of();
  }

  /**
   * Returns the file of {@code dataDir}, if this user may see that it is there, but not read it.
   */
  static Optional<Path> closed(Path dataDir) {
    return Stream.of("teos.toml", "teos.conf")
        .map(dataDir::resolve)
        .filter(file -> Files.exists(file) && !Files.isReadable(file))
        .findFirst();
  }

  /** Also where the folder does not let us see: to start on defaults then would be a surprise. */
  private static boolean mayExist(Path file) {
    return !Files.notExists(file);
  }

  static String text(Path file) throws ConfigException {
    try {
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new ConfigException("cannot read " + file + ": it is not UTF-8 text");
    } catch (AccessDeniedException e) {
      throw new ConfigException("cannot read " + file + ": permission denied");
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + e.getMessage());
    }
  }
}
