package teos.config;

import static teos.config.Setting.API_BIND;
import static teos.config.Setting.API_PORT;
import static teos.config.Setting.BREACH_LOG_FILE;
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
import static teos.config.Setting.MIN_FREE_DISK;
import static teos.config.Setting.MIN_TO_SELF_DELAY;
import static teos.config.Setting.ONION_HIDDEN_SERVICE_PORT;
import static teos.config.Setting.OPERATOR_GROUP;
import static teos.config.Setting.OVERWRITE_KEY;
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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * Builds the {@link Config} from checked settings, and checks rules that concern several of them.
 *
 * @param dataDir the tower's data folder, without the network's; absolute
 */
record ConfigBuilder(
    LayeredSettings settings, UsedSettings used, Locations locations, Path dataDir) {

  Config build(List<String> warnings) throws ConfigException {
    return new Config(
        locations.base(),
        files(),
        databaseServer(),
        settings.endpoint(API_BIND, API_PORT),
        new PublicAccessSettings(settings, locations).publicAccess(),
        settings.endpoint(RPC_BIND, RPC_PORT),
        new Config.InternalApi(
            settings.endpoint(INTERNAL_API_HOST, INTERNAL_API_PORT),
            settings.intValue(INTERNAL_API_WORKERS)),
        new BitcoindSettings(settings, used, locations).bitcoind(),
        new Config.Subscription(
            settings.longValue(SUBSCRIPTION_SLOTS),
            settings.longValue(SUBSCRIPTION_DURATION),
            settings.longValue(EXPIRY_DELTA)),
        new Config.Limits(
            settings.longValue(MAX_APPOINTMENTS),
            settings.intValue(MIN_TO_SELF_DELAY),
            settings.intValue(LOCATOR_CACHE_SIZE)),
        registration(),
        web(),
        lnd(),
        new Config.Tor(
            settings.isOn(TOR_SUPPORT),
            settings.intValue(TOR_CONTROL_PORT),
            settings.text(TOR_CONTROL_PASSWORD),
            settings.intValue(ONION_HIDDEN_SERVICE_PORT)),
        mode(),
        Dialect.valueOf(settings.text(DEFAULT_DIALECT).toUpperCase(Locale.ROOT)),
        warnings);
  }

  private Config.Files files() {
    return new Config.Files(
        path(TEOS_SECRET_KEY),
        path(DATABASE_PATH),
        path(LOG_FILE),
        path(BREACH_LOG_FILE),
        dataDir,
        settings.effective(OPERATOR_GROUP).map(RawSetting::value));
  }

  private Path path(Setting setting) {
    return locations.resolve(settings.text(setting));
  }

  private Optional<Config.DatabaseServer> databaseServer() {
    return settings
        .effective(DATABASE_URL)
        .map(
            url ->
                new Config.DatabaseServer(
                    url.value(), settings.text(DATABASE_USER), settings.text(DATABASE_PASSWORD)));
  }

  private Config.Registration registration() throws ConfigException {
    String policy = settings.text(REGISTRATION);
    Set<PublicKey> keys = publicKeys(REGISTRATION_KEYS);
    if (!keys.isEmpty() && !policy.equals("list")) {
      throw error(
          REGISTRATION_KEYS,
          "set, but registration is " + policy + "; expected registration = list");
    }
    return new Config.Registration(
        policy,
        keys,
        settings.longValue(MIN_FREE_DISK),
        settings.longValue(DISK_RESERVE),
        settings.longValue(LIMIT_REQUESTS),
        settings.longValue(LIMIT_REGISTRATIONS),
        settings.longValue(LIMIT_USER_REQUESTS));
  }

  private Set<PublicKey> publicKeys(Setting setting) throws ConfigException {
    Set<PublicKey> keys = new HashSet<>();
    for (String hex : settings.list(setting)) {
      try {
        keys.add(PublicKey.fromHex(hex));
      } catch (IllegalArgumentException e) {
        throw error(
            setting,
            '"'
                + hex
                + "\" is not a key; expected compressed public keys of 66 hex digits, separated by"
                + " commas");
      }
    }
    return keys;
  }

  /** Returns the error for a setting whose whole value would be too long to show. */
  private ConfigException error(Setting setting, String reason) {
    return settings.effective(setting).orElseThrow().errorWithoutValue(reason);
  }

  private Config.Web web() {
    return new Config.Web(
        settings.intValue(WEB_PORT) == 0
            ? Optional.empty()
            : Optional.of(settings.endpoint(WEB_BIND, WEB_PORT)),
        settings.list(WEB_HOSTS));
  }

  private Config.Lnd lnd() throws ConfigException {
    boolean support = settings.isOn(LND_SUPPORT);
    int port = settings.intValue(LND_PORT);
    if (support
        && settings.isOn(TOR_SUPPORT)
        && port == settings.intValue(ONION_HIDDEN_SERVICE_PORT)) {
      throw new ConfigException(
          "lnd_port and onion_hidden_service_port are both "
              + port
              + "; they must differ, because the onion address serves both");
    }
    return new Config.Lnd(
        support,
        settings.endpoint(LND_BIND, LND_PORT),
        settings.intValue(LND_MAX_UPDATES),
        settings.longValue(LND_MAX_SWEEP_FEE_RATE),
        settings.longValue(LND_MAX_SESSIONS),
        settings.text(LND_REWARD_ADDRESS),
        support ? publicKeys(LND_CLIENTS) : Set.of());
  }

  private Config.Mode mode() {
    return new Config.Mode(
        settings.isOn(DAEMON),
        settings.isOn(OVERWRITE_KEY),
        settings.isOn(FORCE_UPDATE),
        settings.isOn(DEBUG),
        settings.isOn(DEPS_DEBUG),
        settings.text(LOG_FORMAT).equals("json"));
  }
}
