package teos.config;

import static teos.config.Rule.atLeastOne;
import static teos.config.Rule.file;
import static teos.config.Rule.host;
import static teos.config.Rule.onOff;
import static teos.config.Rule.optionalFile;
import static teos.config.Rule.port;
import static teos.config.Rule.range;
import static teos.config.Rule.text;
import static teos.config.Rule.words;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Table of all settings: configuration key, allowed values, default and help text of each. */
enum Setting {
  API_BIND("api_bind", host(), "127.0.0.1", "Address on which the public API listens."),
  API_PORT("api_port", port(), "9814", "Port of the public API."),
  API_TLS_CERTIFICATE(
      "api_tls_certificate",
      optionalFile(),
      "Certificate chain (PEM) with which the public API serves TLS, its own certificate first;"
          + " empty for plain HTTP."),
  API_TLS_KEY(
      "api_tls_key",
      optionalFile(),
      "Private key of the first certificate in api_tls_certificate (PKCS #8, PEM)."),
  API_PROXIES(
      "api_proxies",
      text("<addresses>"),
      "Comma-separated addresses or blocks, such as 10.0.0.0/8, of the proxies whose"
          + " X-Forwarded-For header is trusted; empty for none."),
  PUBLIC_ADDRESSES(
      "public_addresses",
      text("<addresses>"),
      "Comma-separated names, IP or onion addresses at which users reach the tower from outside,"
          + " each with :PORT if it is not api_port, or with https:// if a proxy serves TLS. Shown"
          + " to the operator, who passes them on to users."),
  RPC_BIND("rpc_bind", host(), "127.0.0.1", "Address on which the operator's RPC listens."),
  RPC_PORT("rpc_port", port(), "8814", "Port of the operator's RPC."),
  OPERATOR_GROUP(
      "operator_group",
      new Rule.Text("<group>", ":/"),
      "Group whose members may use teos-cli: it gets read access to the operator's key and to the"
          + " data folder; empty for none."),
  BTC_NETWORK(
      "btc_network",
      new Rule.OneOf("<network>", Network.allNames()),
      "mainnet",
      "bitcoind's network: mainnet, testnet, testnet4, signet or regtest."),
  BTC_RPC_USER(
      "btc_rpc_user",
      new Rule.Text("<user>", ":"),
      "bitcoind's rpcuser; set btc_rpc_password too."),
  BTC_RPC_PASSWORD("btc_rpc_password", text("<password>"), "bitcoind's rpcpassword."),
  BTC_RPC_COOKIE(
      "btc_rpc_cookie",
      optionalFile(),
      "bitcoind's cookie file, instead of user and password. If neither is set: the standard cookie"
          + " file of a bitcoind on this machine."),
  BTC_RPC_CONNECT("btc_rpc_connect", host(), "127.0.0.1", "Host of bitcoind's RPC."),
  BTC_RPC_PORT(
      "btc_rpc_port",
      range("<port>", 0, 65_535, ", 0 for the network's default"),
      "0",
      "Port of bitcoind's RPC; 0 for the network's default: 8332, testnet 18332, testnet4 48332,"
          + " signet 38332, regtest 18443."),
  BTC_FEED_PROTOCOL(
      "btc_feed_protocol",
      words("<protocol>", "tcp"),
      "tcp",
      "Protocol of bitcoind's ZMQ feed: tcp."),
  BTC_FEED_CONNECT("btc_feed_connect", host(), "127.0.0.1", "Host of bitcoind's ZMQ feed."),
  BTC_FEED_PORT(
      "btc_feed_port",
      range("<port>", 0, 65_535, ", 0 for no feed"),
      "28332",
      "Port of bitcoind's ZMQ feed of block hashes (zmqpubhashblock); 0 to only poll."),
  BTC_MEMPOOL(
      "btc_mempool",
      new Rule.OneOf("<how>", MempoolWatch.words()),
      "zmq",
      "How the tower finds disputes before they are in a block: zmq (bitcoind's zmqpubrawtx),"
          + " polling, or off."),
  BTC_MEMPOOL_FEED_PORT(
      "btc_mempool_feed_port",
      range("<port>", 0, 65_535, ", 0 for the same as btc_feed_port"),
      "0",
      "Port of bitcoind's zmqpubrawtx; 0 if it is the same as btc_feed_port."),
  MEMPOOL_POLLING_DELTA(
      "mempool_polling_delta",
      range("<seconds>", 1, 65_535),
      "5",
      "Seconds between two polls of bitcoind's mempool, if it is polled."),
  POLLING_DELTA(
      "polling_delta",
      range("<seconds>", 1, 65_535),
      "60",
      "Seconds between two polls of bitcoind's chain tip."),
  SUBSCRIPTION_SLOTS(
      "subscription_slots", atLeastOne("<slots>"), "10000", "Slots that each registration adds."),
  SUBSCRIPTION_DURATION(
      "subscription_duration",
      atLeastOne("<blocks>"),
      "4320",
      "Length of a subscription, in blocks."),
  EXPIRY_DELTA(
      "expiry_delta",
      range("<blocks>", 0, Rule.U32_MAX),
      "6",
      "Blocks after the end of a subscription until its data is deleted."),
  MIN_TO_SELF_DELAY(
      "min_to_self_delay",
      range("<blocks>", 0, 65_535),
      "20",
      "Minimum to_self_delay of an appointment, in blocks; dialect v1 only."),
  MAX_APPOINTMENTS(
      "max_appointments",
      atLeastOne("<count>"),
      "1000000",
      "Maximum number of appointments that the tower stores for all users together."),
  LOCATOR_CACHE_SIZE(
      "locator_cache_size",
      range("<blocks>", 1, 1_000),
      "6",
      "Number of recent blocks searched for the dispute of a new appointment."),
  INTERNAL_API_HOST(
      "internal_api_host", host(), "127.0.0.1", "Address on which the internal API listens."),
  INTERNAL_API_PORT("internal_api_port", port(), "50051", "Port of the internal API."),
  INTERNAL_API_WORKERS(
      "internal_api_workers",
      range("<count>", 1, 1_000),
      "10",
      "Maximum number of concurrent calls of the internal API."),
  WEB_BIND(
      "web_bind",
      host(),
      "127.0.0.1",
      "Address on which the operator's site (dashboard, metrics, health) listens."),
  WEB_PORT(
      "web_port",
      range("<port>", 0, 65_535, ", 0 for no site"),
      "0",
      "Port of the operator's site; 0 to disable it."),
  WEB_HOSTS(
      "web_hosts",
      text("<names>"),
      "Comma-separated host names under which browsers may open the operator's site, besides"
          + " localhost and IP addresses."),
  REGISTRATION(
      "registration",
      words("<policy>", "open", "list", "invitation"),
      "open",
      "Who may register: open (everybody), list (the keys in registration_keys) or invitation"
          + " (users invited with teos-cli invite_user)."),
  REGISTRATION_KEYS(
      "registration_keys",
      text("<keys>"),
      "Comma-separated public keys, in hex, that may register; for registration = list."),
  MIN_FREE_DISK(
      "min_free_disk",
      range("<megabytes>", 0, Rule.U32_MAX),
      "200",
      "Minimum free space on the disk of the data folder, in megabytes; below it, new users cannot"
          + " register."),
  DISK_RESERVE(
      "disk_reserve",
      range("<megabytes>", 0, Rule.U32_MAX),
      "64",
      "Disk space reserved for responding to breaches, in megabytes; the tower stores nothing new"
          + " while less is free."),
  LIMIT_REQUESTS(
      "limit_requests",
      range("<count>", 0, 1_000_000, ", 0 for no limit"),
      "500",
      "Rate limit: requests per second and address."),
  LIMIT_REGISTRATIONS(
      "limit_registrations",
      range("<count>", 0, 1_000_000, ", 0 for no limit"),
      "100",
      "Rate limit: registrations per hour and address."),
  LIMIT_USER_REGISTRATIONS(
      "limit_user_registrations",
      range("<count>", 0, 1_000_000, ", 0 for no limit"),
      "100",
      "Has no effect: anybody could use up another user's registrations."),
  LIMIT_USER_REQUESTS(
      "limit_user_requests",
      range("<count>", 0, 1_000_000, ", 0 for no limit"),
      "500",
      "Rate limit: requests per second and user."),
  LND_SUPPORT("lnd_support", onOff(), "Also serves lnd's watchtower clients."),
  LND_BIND(
      "lnd_bind", host(), "127.0.0.1", "Address on which the server for lnd's clients listens."),
  LND_PORT("lnd_port", port(), "9911", "Port of the server for lnd's clients."),
  LND_MAX_UPDATES(
      "lnd_max_updates",
      range("<count>", 1, 65_535),
      "65535",
      "Maximum number of updates in a session of an lnd client; lnd requests 1,024."),
  LND_MAX_SWEEP_FEE_RATE(
      "lnd_max_sweep_fee_rate",
      range("<sat/kw>", 253, 10_000_000),
      "250000",
      "Maximum fee rate of justice transactions that an lnd client may request, in satoshi per"
          + " 1,000 weight units."),
  LND_MAX_SESSIONS(
      "lnd_max_sessions",
      atLeastOne("<count>"),
      "100000",
      "Maximum number of sessions of all lnd clients together."),
  LND_REWARD_ADDRESS(
      "lnd_reward_address",
      text("<address>"),
      "P2WPKH address for the tower's reward, for lnd clients that offer one; if empty, such"
          + " sessions are rejected."),
  LND_CLIENTS(
      "lnd_clients",
      text("<keys>"),
      "Comma-separated public keys, in hex, that may open sessions; empty for all."),
  TOR_SUPPORT("tor_support", onOff(), "Also serves the API as an onion service."),
  TOR_CONTROL_PORT("tor_control_port", port(), "9051", "Control port of the local Tor."),
  TOR_CONTROL_PASSWORD(
      "tor_control_password",
      text("<password>"),
      "Password of the control port, if Tor is configured with a HashedControlPassword."),
  ONION_HIDDEN_SERVICE_PORT(
      "onion_hidden_service_port", port(), "9814", "Port of the onion service."),
  DEFAULT_DIALECT(
      "default_dialect",
      words("<dialect>", "v1", "v2"),
      "v2",
      "Dialect of answers to clients whose dialect is unknown: v1 or v2."),
  LOG_FILE("log_file", file(), "teos.log", "Log file."),
  BREACH_LOG_FILE(
      "breach_log_file", file(), "breaches.log", "File that records the history of breaches."),
  LOG_FORMAT(
      "log_format",
      words("<format>", "text", "json"),
      "text",
      "Format of log lines: text or json."),
  TEOS_SECRET_KEY("teos_secret_key", file(), "teos_sk.der", "File of the tower's secret key."),
  DATABASE_PATH("database_path", file(), "teos_db.sqlite", "SQLite database file."),
  DATABASE_URL(
      "database_url",
      new Rule.Prefixed("<url>", "jdbc:postgresql:"),
      "PostgreSQL database to use instead of the file, as jdbc:postgresql://host:port/name."),
  DATABASE_USER("database_user", text("<user>"), "User of the PostgreSQL database."),
  DATABASE_PASSWORD("database_password", text("<password>"), "Password of the PostgreSQL user."),
  DAEMON("daemon", onOff(), "Runs in the background."),
  DEBUG("debug", onOff(), "Logs debug messages of the tower."),
  DEPS_DEBUG("deps_debug", onOff(), "Logs debug messages of the libraries."),
  OVERWRITE_KEY(
      "overwrite_key",
      onOff(),
      "Replaces the tower's key, and with it the tower's id. This cannot be undone; asks for"
          + " confirmation. Command line only."),
  FORCE_UPDATE(
      "force_update",
      onOff(),
      "Starts even if bitcoind has pruned blocks that the tower has not processed. Command line"
          + " only."),
  WSGI(
      "wsgi",
      words("<server>", "gunicorn", "waitress"),
      "Accepted for compatibility with python-teos; has no effect."),
  APPOINTMENTS_DB_PATH("appointments_db_path", text(""), ""),
  USERS_DB_PATH("users_db_path", text(""), "");

  private final String key;
  private final Rule rule;
  private final String defaultValue;
  private final String help;

  /** Creates a setting without a default; a switch is off. */
  Setting(String key, Rule rule, String help) {
    this(key, rule, rule instanceof Rule.Switch ? "false" : "", help);
  }

  Setting(String key, Rule rule, String defaultValue, String help) {
    this.key = key;
    this.rule = rule;
    this.defaultValue = defaultValue;
    this.help = help;
  }

  /** Returns the setting with this configuration key, in the spelling of either reference tower. */
  static Optional<Setting> named(String key) {
    // rust-teos's name for what python-teos called internal_api_host.
    String current = key.equals("internal_api_bind") ? INTERNAL_API_HOST.key : key;
    return Arrays.stream(values()).filter(setting -> setting.key.equals(current)).findFirst();
  }

  /** Returns the settings that can be given as a flag. */
  static Stream<Setting> withFlag() {
    return Arrays.stream(values()).filter(setting -> !setting.help.isEmpty());
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(Setting::key).toList();
  }

  String key() {
    return key;
  }

  Rule rule() {
    return rule;
  }

  /** Returns the default as it would be written in a file; empty if there is none. */
  String defaultValue() {
    return defaultValue;
  }

  String help() {
    return help;
  }

  /** Returns the flag, such as {@code --apiport} for {@code api_port}. */
  String flag() {
    return "--" + key.replace("_", "");
  }

  boolean isSwitch() {
    return rule instanceof Rule.Switch;
  }

  /**
   * Returns whether messages must not show the value. User names count as secret because an
   * operator may write user:password by mistake.
   */
  boolean isSecret() {
    return switch (this) {
      case BTC_RPC_PASSWORD,
          BTC_RPC_USER,
          DATABASE_URL,
          DATABASE_USER,
          DATABASE_PASSWORD,
          TOR_CONTROL_PASSWORD ->
          true;
      default -> false;
    };
  }

  /**
   * Returns whether the setting is only accepted so that files of python-teos and of earlier
   * releases still load.
   */
  boolean hasNoEffect() {
    return this == WSGI
        || this == APPOINTMENTS_DB_PATH
        || this == USERS_DB_PATH
        || this == LIMIT_USER_REGISTRATIONS;
  }

  /**
   * Returns whether files and the environment cannot turn it on: it is meant for a single start.
   */
  boolean isCommandLineOnly() {
    return this == OVERWRITE_KEY || this == FORCE_UPDATE;
  }

  /**
   * Returns the error for an invalid value of this setting; shows the value unless it is secret.
   */
  ConfigException error(RawSetting raw, String reason) {
    return isSecret() ? raw.errorWithoutValue(reason) : raw.error(reason);
  }
}
