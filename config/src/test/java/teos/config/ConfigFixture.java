package teos.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Data folder, home folder, flags and environment variables of one test. */
final class ConfigFixture {

  final Path home;
  final Path dataDir;
  final Map<String, String> commandLine = new HashMap<>();
  final Map<String, String> variables = new HashMap<>();

  ConfigFixture(Path folder) {
    home = folder.resolve("home");
    dataDir = folder.resolve("teos");
    write(dataDir.resolve("placeholder"), "");
    write(home.resolve(".bitcoin/.cookie"), "__cookie__:secret");
  }

  ConfigFixture flag(String key, String value) {
    commandLine.put(key, value);
    return this;
  }

  ConfigFixture variable(String name, String value) {
    variables.put(name, value);
    return this;
  }

  ConfigFixture conf(String... lines) {
    return write(dataDir.resolve("teos.conf"), String.join("\n", lines) + "\n");
  }

  ConfigFixture toml(String... lines) {
    return write(dataDir.resolve("teos.toml"), String.join("\n", lines) + "\n");
  }

  Path inDataDir(String name) {
    return dataDir.resolve(name);
  }

  ConfigFixture write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  Config load() throws ConfigException {
    return ConfigLoader.load(commandLine, new Environment(variables), dataDir, home);
  }

  /** Returns the message with which loading fails. */
  String loadError() {
    ConfigException error = catchThrowableOfType(ConfigException.class, this::load);
    if (error == null) {
      throw new AssertionError("the configuration was accepted");
    }
    return String.valueOf(error.getMessage());
  }
}
