package teos.config;

import static teos.config.Setting.DATABASE_URL;
import static teos.config.Setting.LOG_FILE;
import static teos.config.Setting.OVERWRITE_KEY;
import static teos.config.Setting.RPC_BIND;
import static teos.config.Setting.RPC_PORT;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import teos.common.HomeFolder;

/**
 * Loads the {@link Config}: command line over environment over configuration file over defaults.
 */
public final class ConfigLoader {

  private final LayeredSettings settings;
  private final Environment environment;
  private final UsedSettings used;
  private final Locations locations;
  private final Path dataDir;
  private final List<String> unknownKeys;

  private ConfigLoader(
      UsedSettings used,
      Map<String, String> commandLine,
      Environment environment,
      Path dataDir,
      List<RawSetting> file,
      Path home)
      throws ConfigException {
    this.used = used;
    this.unknownKeys = used.warnings(file);
    this.environment = environment;
    this.settings =
        new LayeredSettings(
            used.filter(flags(commandLine)),
            used.filter(environment.settings()),
            used.filter(file));
    this.dataDir = dataDir.toAbsolutePath().normalize();
    this.locations = new Locations(home, settings.network().dataDir(this.dataDir));
  }

  /**
   * Reads the configuration file of {@code dataDir}, if it exists, and checks all settings. Creates
   * no files.
   *
   * @param commandLine values of the flags by key: {@code api_port} for {@code --apiport}
   * @param dataDir the tower's data folder, without the network's
   * @throws ConfigException if the tower cannot start with these settings
   */
  public static Config load(Map<String, String> commandLine, Path dataDir) throws ConfigException {
    return load(commandLine, Environment.ofProcess(), dataDir, HomeFolder.path());
  }

  /**
   * Loads like {@link #load(Map, Path)}, but checks only the settings that {@code command} uses;
   * all others have their defaults.
   *
   * @throws ConfigException if the command cannot run with these settings
   */
  public static Config load(TeosdCommand command, Map<String, String> commandLine, Path dataDir)
      throws ConfigException {
    return load(command, commandLine, Environment.ofProcess(), dataDir, HomeFolder.path());
  }

  static Config load(
      Map<String, String> commandLine, Environment environment, Path dataDir, Path home)
      throws ConfigException {
    return load(TeosdCommand.RUN, commandLine, environment, dataDir, home);
  }

  static Config load(
      TeosdCommand command,
      Map<String, String> commandLine,
      Environment environment,
      Path dataDir,
      Path home)
      throws ConfigException {
    if (command == TeosdCommand.API && commandLine.containsKey(OVERWRITE_KEY.key())) {
      throw new ConfigException(
          "teosd api cannot replace the tower's key; use --overwritekey with teosd");
    }
    List<RawSetting> file = ConfigFile.read(dataDir);
    ConfigLoader loader =
        new ConfigLoader(UsedSettings.of(command), commandLine, environment, dataDir, file, home);
    if (command == TeosdCommand.API && loader.settings.effective(DATABASE_URL).isEmpty()) {
      throw new ConfigException(
          "teosd api needs the PostgreSQL database that the tower uses; set database_url");
    }
    return loader.config();
  }

  /**
   * Returns the settings with which another program finds the tower in {@code dataDir}, from that
   * program's command line and the tower's configuration file. Does not check whether the tower
   * could start.
   *
   * <p>A file that this user may not read is left out: it may contain bitcoind's password.
   *
   * @param commandLine values of the flags by key
   * @param dataDir the tower's data folder, without the network's
   * @throws ConfigException if the file cannot be parsed, or if a setting used here is invalid
   */
  public static OperatorSettings operatorSettings(Map<String, String> commandLine, Path dataDir)
      throws ConfigException {
    Optional<Path> unreadable = ConfigFile.unreadable(dataDir);
    List<RawSetting> file = unreadable.isPresent() ? List.of() : ConfigFile.read(dataDir);
    ConfigLoader tower =
        new ConfigLoader(
            UsedSettings.OPERATOR,
            commandLine,
            Environment.ofProcess(),
            dataDir,
            file,
            HomeFolder.path());
    return new OperatorSettings(
        tower.settings.endpoint(RPC_BIND, RPC_PORT),
        tower.locations.base(),
        tower.locations.resolve(tower.settings.text(LOG_FILE)),
        unreadable,
        tower.unknownKeys);
  }

  /**
   * Returns the folder that {@code text} names, as an absolute path: {@code ~} is the home folder.
   */
  public static Path folder(String text) {
    return new Locations(HomeFolder.path(), Path.of("")).resolve(text);
  }

  private static List<RawSetting> flags(Map<String, String> commandLine) {
    return commandLine.entrySet().stream()
        .map(
            entry -> {
              String key = entry.getKey();
              String flag = Setting.named(key).map(Setting::flag).orElse("command line");
              return RawSetting.text(
                  key, entry.getValue(), entry.getValue(), new Origin.Flag(flag));
            })
        .toList();
  }

  private Config config() throws ConfigException {
    List<String> warnings =
        Stream.of(unknownKeys, settings.warnings(), environment.warnings())
            .flatMap(List::stream)
            .toList();
    return new ConfigBuilder(settings, used, locations, dataDir).build(warnings);
  }
}
