package teos.config;

import static teos.config.Setting.API_BIND;
import static teos.config.Setting.API_PORT;
import static teos.config.Setting.API_PROXIES;
import static teos.config.Setting.API_TLS_CERTIFICATE;
import static teos.config.Setting.API_TLS_KEY;
import static teos.config.Setting.BREACH_LOG_FILE;
import static teos.config.Setting.BTC_FEED_CONNECT;
import static teos.config.Setting.BTC_FEED_PORT;
import static teos.config.Setting.BTC_FEED_PROTOCOL;
import static teos.config.Setting.BTC_MEMPOOL;
import static teos.config.Setting.BTC_MEMPOOL_FEED_PORT;
import static teos.config.Setting.BTC_NETWORK;
import static teos.config.Setting.BTC_RPC_CONNECT;
import static teos.config.Setting.BTC_RPC_PORT;
import static teos.config.Setting.DAEMON;
import static teos.config.Setting.DATABASE_PASSWORD;
import static teos.config.Setting.DATABASE_PATH;
import static teos.config.Setting.DATABASE_URL;
import static teos.config.Setting.DATABASE_USER;
import static teos.config.Setting.DEBUG;
import static teos.config.Setting.DEFAULT_DIALECT;
import static teos.config.Setting.DEPS_DEBUG;
import static teos.config.Setting.DISK_RESERVE;
import static teos.config.Setting.EXPIRY_DELTA;
import static teos.config.Setting.FORCE_UPDATE;
import static teos.config.Setting.INTERNAL_API_HOST;
import static teos.config.Setting.INTERNAL_API_PORT;
import static teos.config.Setting.INTERNAL_API_WORKERS;
import static teos.config.Setting.LIMIT_REGISTRATIONS;
import static teos.config.Setting.LIMIT_REQUESTS;
import static teos.config.Setting.LIMIT_USER_REQUESTS;
import static teos.config.Setting.LND_BIND;
import static teos.config.Setting.LND_CLIENTS;
import static teos.config.Setting.LND_MAX_SESSIONS;
import static teos.config.Setting.LND_MAX_SWEEP_FEE_RATE;
import static teos.config.Setting.LND_MAX_UPDATES;
import static teos.config.Setting.LND_PORT;
import static teos.config.Setting.LND_REWARD_ADDRESS;
import static teos.config.Setting.LND_SUPPORT;
import static teos.config.Setting.LOCATOR_CACHE_SIZE;
import static teos.config.Setting.LOG_FILE;
import static teos.config.Setting.LOG_FORMAT;
import static teos.config.Setting.MAX_APPOINTMENTS;
import static teos.config.Setting.MEMPOOL_POLLING_DELTA;
import static teos.config.Setting.MIN_FREE_DISK;
import static teos.config.Setting.MIN_TO_SELF_DELAY;
import static teos.config.Setting.ONION_HIDDEN_SERVICE_PORT;
import static teos.config.Setting.OPERATOR_GROUP;
import static teos.config.Setting.OVERWRITE_KEY;
import static teos.config.Setting.POLLING_DELTA;
import static teos.config.Setting.PUBLIC_ADDRESSES;
import static teos.config.Setting.REGISTRATION;
import static teos.config.Setting.REGISTRATION_KEYS;
import static teos.config.Setting.RPC_BIND;
import static teos.config.Setting.RPC_PORT;
import static teos.config.Setting.SUBSCRIPTION_DURATION;
import static teos.config.Setting.SUBSCRIPTION_SLOTS;
import static teos.config.Setting.TEOS_SECRET_KEY;
import static teos.config.Setting.TOR_CONTROL_PASSWORD;
import static teos.config.Setting.TOR_CONTROL_PORT;
import static teos.config.Setting.TOR_SUPPORT;
import static teos.config.Setting.WEB_BIND;
import static teos.config.Setting.WEB_HOSTS;
import static teos.config.Setting.WEB_PORT;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import teos.common.HomeFolder;
import teos.protocol.HostPort;

/**
 * Makes the {@link Config} of what was given: command line over environment over file over
 * defaults.
 */
public final class ConfigLoader {

  private final LayeredSettings values;
  private final Environment environment;
  private final Network network;
  private final Locations locations;
  private final Path dataDir;
  private final UsedSettings used;
  private final List<String> unknown;

  private ConfigLoader(
      UsedSettings used,
      Map<String, String> commandLine,
      Environment environment,
      Path dataDir,
      List<RawSetting> file,
      Path home)
      throws ConfigException {
    this.used = used;
    this.unknown = used.warnings(file);
    this.environment = environment;
    this.values =
        new LayeredSettings(
            used.in(given(commandLine)), used.in(environment.given()), used.in(file));
    this.network = Network.named(values.text(BTC_NETWORK)).orElseThrow();
    this.dataDir = dataDir.toAbsolutePath().normalize();
    this.locations = new Locations(home, network.dataDir(this.dataDir));
  }

  /**
   * Reads the file of {@code dataDir}, if there is one, and checks everything. Creates nothing.
   *
   * @param commandLine what was given as flags, by key: {@code api_port} for {@code --apiport}
   * @param dataDir the tower's data folder, without the network's
   * @throws ConfigException if the tower cannot start with this
   */
  public static Config load(Map<String, String> commandLine, Path dataDir) throws ConfigException {
    return load(commandLine, Environment.ofProcess(), dataDir, HomeFolder.path());
  }

  /**
   * The same for what {@code command} does, which settings that it does not use cannot keep from
   * being done: they are not checked, and have their defaults.
   *
   * @throws ConfigException if it cannot be done with this
   */
  public static Config load(TeosdCommand command, Map<String, String> commandLine, Path dataDir)
      throws ConfigException {
    return load(command, commandLine, Environment.ofProcess(), dataDir, HomeFolder.path());
  }

  static Config load(
      TeosdCommand command,
      Map<String, String> commandLine,
      Environment environment,
      Path dataDir,
      Path home)
      throws ConfigException {
    if (command == TeosdCommand.API && commandLine.containsKey(OVERWRITE_KEY.key())) {
      throw new ConfigException("a front end has a copy of the tower's key: it makes none");
    }
    List<RawSetting> file = ConfigFile.read(dataDir);
    ConfigLoader loader =
        new ConfigLoader(UsedSettings.by(command), commandLine, environment, dataDir, file, home);
    if (command == TeosdCommand.API && loader.values.given(DATABASE_URL).isEmpty()) {
      throw new ConfigException(
          "teosd api is for a PostgreSQL database (database_url), which several processes share");
    }
    return loader.config();
  }

  static Config load(
      Map<String, String> commandLine, Environment environment, Path dataDir, Path home)
      throws ConfigException {
    return load(TeosdCommand.RUN, commandLine, environment, dataDir, home);
  }

  /**
   * Returns what another program has to know of the tower in {@code dataDir}, by that program's
   * command line and the tower's own file. Says nothing of whether the tower could start.
   *
   * <p>A file that this user may not read is left out: it may hold bitcoind's password.
   *
   * @param commandLine what was given as flags, by key
   * @param dataDir the tower's data folder, without the network's
   * @throws ConfigException if the file cannot be parsed, or a setting that is used here is wrong
   */
  public static OperatorSettings operatorSettings(Map<String, String> commandLine, Path dataDir)
      throws ConfigException {
    Optional<Path> closed = ConfigFile.closed(dataDir);
    List<RawSetting> file = closed.isPresent() ? List.of() : ConfigFile.read(dataDir);
    ConfigLoader tower =
        new ConfigLoader(
            UsedSettings.OPERATOR,
            commandLine,
            Environment.ofProcess(),
            dataDir,
            file,
            HomeFolder.path());
    return new OperatorSettings(
        tower.endpoint(RPC_BIND, RPC_PORT),
        tower.locations.base(),
        tower.path(LOG_FILE),
        closed,
        tower.unknown);
  }

  /** The folder that was given as {@code text}: {@code ~} is the home folder. */
  public static Path folder(String text) {
    return new Locations(HomeFolder.path(), Path.of("")).resolve(text);
  }

  private static List<RawSetting> given(Map<String, String> commandLine) {
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
    return new Config(
        locations.base(),
        new Config.Files(
            path(TEOS_SECRET_KEY),
            path(DATABASE_PATH),
            path(LOG_FILE),
            path(BREACH_LOG_FILE),
            dataDir,
            values.given(OPERATOR_GROUP).map(RawSetting::value)),
        databaseServer(),
        endpoint(API_BIND, API_PORT),
        new Config.PublicAccess(publicAddresses(), tls(), list(API_PROXIES)),
        endpoint(RPC_BIND, RPC_PORT),
        new Config.InternalApi(
            endpoint(INTERNAL_API_HOST, INTERNAL_API_PORT),
            values.smallNumber(INTERNAL_API_WORKERS)),
        bitcoind(),
        new Config.Subscription(
            values.number(SUBSCRIPTION_SLOTS),
            values.number(SUBSCRIPTION_DURATION),
            values.number(EXPIRY_DELTA)),
        new Config.Limits(
            values.number(MAX_APPOINTMENTS),
            values.smallNumber(MIN_TO_SELF_DELAY),
            values.smallNumber(LOCATOR_CACHE_SIZE)),
        new Config.Registration(
            values.text(REGISTRATION),
            list(REGISTRATION_KEYS),
            values.number(MIN_FREE_DISK),
            values.number(DISK_RESERVE),
            values.number(LIMIT_REQUESTS),
            values.number(LIMIT_REGISTRATIONS),
            values.number(LIMIT_USER_REQUESTS)),
        web(),
        lnd(),
        new Config.Tor(
            values.isOn(TOR_SUPPORT),
            values.smallNumber(TOR_CONTROL_PORT),
            values.text(TOR_CONTROL_PASSWORD),
            values.smallNumber(ONION_HIDDEN_SERVICE_PORT)),
        new Config.Mode(
            values.isOn(DAEMON),
            values.isOn(OVERWRITE_KEY),
            values.isOn(FORCE_UPDATE),
            values.isOn(DEBUG),
            values.isOn(DEPS_DEBUG),
            values.text(LOG_FORMAT).equals("json")),
        DialectName.valueOf(values.text(DEFAULT_DIALECT).toUpperCase(Locale.ROOT)),
        Stream.of(unknown, values.warnings(), environment.warnings())
            .flatMap(List::stream)
            .toList());
  }

  private Config.Lnd lnd() throws ConfigException {
    if (values.isOn(LND_SUPPORT)
        && values.isOn(TOR_SUPPORT)
        && values.smallNumber(LND_PORT) == values.smallNumber(ONION_HIDDEN_SERVICE_PORT)) {
      throw new ConfigException(
          "lnd_port and onion_hidden_service_port are the same: the onion address answers at both");
    }
    return new Config.Lnd(
        values.isOn(LND_SUPPORT),
        endpoint(LND_BIND, LND_PORT),
        values.smallNumber(LND_MAX_UPDATES),
        values.number(LND_MAX_SWEEP_FEE_RATE),
        values.number(LND_MAX_SESSIONS),
        values.text(LND_REWARD_ADDRESS),
        list(LND_CLIENTS));
  }

  private Config.Web web() throws ConfigException {
    return new Config.Web(
        values.smallNumber(WEB_PORT) == 0
            ? Optional.empty()
            : Optional.of(endpoint(WEB_BIND, WEB_PORT)),
        list(WEB_HOSTS));
  }

  /** What stands between commas. */
  private List<String> list(Setting setting) {
    return Arrays.stream(values.text(setting).split(","))
        .map(String::strip)
        .filter(item -> !item.isEmpty())
        .toList();
  }

  private List<Config.PublicAddress> publicAddresses() throws ConfigException {
    List<Config.PublicAddress> addresses = new ArrayList<>();
    boolean overTls = tls().isPresent();
    for (String text : list(PUBLIC_ADDRESSES)) {
      try {
        addresses.add(publicAddress(text, values.smallNumber(API_PORT), overTls));
      } catch (IllegalArgumentException e) {
        throw PUBLIC_ADDRESSES.refuse(
            values.given(PUBLIC_ADDRESSES).orElseThrow(), String.valueOf(e.getMessage()));
      }
    }
    return addresses;
  }

  /**
   * With {@code https://}, or with {@code http://}, it is a proxy's, and has that one's usual port.
   */
  private static Config.PublicAddress publicAddress(String text, int apiPort, boolean apiOverTls) {
    boolean https = text.startsWith("https://");
    boolean http = text.startsWith("http://");
    String rest = https || http ? text.substring(text.indexOf("//") + 2) : text;
    HostPort at = HostPort.parse(rest, https ? 443 : http ? 80 : apiPort);
    if (at.port() == 0) {
      throw new IllegalArgumentException("\"" + text + "\" has no port that clients can ask for");
    }
    if (!GlobalAddress.mayBePublic(at.host())) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" cannot be reached from outside; expected a name, a global IP address, or a v3"
              + " onion address. For users of a private network only, give a name that resolves"
              + " there");
    }
    return new Config.PublicAddress(at, https || (apiOverTls && !http && !at.isOnion()));
  }

  private Optional<Config.TlsFiles> tls() throws ConfigException {
    Optional<RawSetting> certificate = values.given(API_TLS_CERTIFICATE);
    Optional<RawSetting> key = values.given(API_TLS_KEY);
    if (certificate.isEmpty() != key.isEmpty()) {
      Setting given = key.isEmpty() ? API_TLS_CERTIFICATE : API_TLS_KEY;
      Setting missing = key.isEmpty() ? API_TLS_KEY : API_TLS_CERTIFICATE;
      throw given.refuse(
          certificate.or(() -> key).orElseThrow(), "needs " + missing.key() + " too");
    }
    return certificate.isEmpty()
        ? Optional.empty()
        : Optional.of(new Config.TlsFiles(path(API_TLS_CERTIFICATE), path(API_TLS_KEY)));
  }

  private Optional<Config.DatabaseServer> databaseServer() {
    return values
        .given(DATABASE_URL)
        .map(
            url ->
                new Config.DatabaseServer(
                    url.value(), values.text(DATABASE_USER), values.text(DATABASE_PASSWORD)));
  }

  private Config.Bitcoind bitcoind() throws ConfigException {
    int port = values.smallNumber(BTC_RPC_PORT);
    return new Config.Bitcoind(
        network,
        new HostPort(values.host(BTC_RPC_CONNECT), port == 0 ? network.defaultRpcPort() : port),
        used.uses().test(BTC_RPC_CONNECT)
            ? new AuthChoice(values, network, locations).choose()
            : new RpcAuth.None(),
        feed(),
        values.smallNumber(POLLING_DELTA),
        mempool());
  }

  /** Where there is no feed of blocks there is none of transactions, unless it has its own port. */
  private Config.Mempool mempool() {
    MempoolWatch watch = MempoolWatch.of(values.text(BTC_MEMPOOL));
    int own = values.smallNumber(BTC_MEMPOOL_FEED_PORT);
    int port = own == 0 ? values.smallNumber(BTC_FEED_PORT) : own;
    int delta = values.smallNumber(MEMPOOL_POLLING_DELTA);
    if (watch != MempoolWatch.ZMQ) {
      return new Config.Mempool(watch, Optional.empty(), delta);
    }
    if (port == 0) {
      return new Config.Mempool(MempoolWatch.POLLING, Optional.empty(), delta);
    }
    HostPort endpoint = new HostPort(values.host(BTC_FEED_CONNECT), port);
    return new Config.Mempool(
        watch, Optional.of(new Config.Feed(values.text(BTC_FEED_PROTOCOL), endpoint)), delta);
  }

  private Optional<Config.Feed> feed() {
    HostPort endpoint = endpoint(BTC_FEED_CONNECT, BTC_FEED_PORT);
    return endpoint.port() == 0
        ? Optional.empty()
        : Optional.of(new Config.Feed(values.text(BTC_FEED_PROTOCOL), endpoint));
  }

  private HostPort endpoint(Setting host, Setting port) {
    return new HostPort(values.host(host), values.smallNumber(port));
  }

  private Path path(Setting setting) {
    return locations.resolve(values.text(setting));
  }
}
