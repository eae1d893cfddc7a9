package teos.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The one table of settings: what the files, the flags, the help and the checks go by. */
enum Setting {
  API_BIND("api_bind", host(), "127.0.0.1", "<host>", "Address that the public API binds to."),
  API_PORT("api_port", port(), "9814", "<port>", "Port of the public API."),
  API_TLS_CERTIFICATE(
      "api_tls_certificate",
      new Rule.FilePath(true),
      "",
      "<file>",
      "Certificates by which the public API speaks TLS (PEM), its own first; empty for plain"
          + " HTTP."),
  API_TLS_KEY(
      "api_tls_key",
      new Rule.FilePath(true),
      "",
      "<file>",
      "The private key of the first of api_tls_certificate (PKCS #8, PEM)."),
  API_PROXIES(
      "api_proxies",
      new Rule.Text(""),
      "",
      "<addresses>",
      "Proxies that are believed whom they ask for (X-Forwarded-For): addresses or blocks such as"
          + " 10.0.0.0/8, with commas between; empty for none."),
  PUBLIC_ADDRESSES(
      "public_addresses",
      new Rule.Text(""),
      "",
      "<addresses>",
      "Where users reach the tower from outside: names, IP or onion addresses, with commas between,"
          + " each with :PORT if that is not api_port, or with https:// where a proxy speaks TLS."
          + " Shown to the operator, for users."),
  RPC_BIND("rpc_bind", host(), "127.0.0.1", "<host>", "Address that the operator's RPC binds to."),
  RPC_PORT("rpc_port", port(), "8814", "<port>", "Port of the operator's RPC."),
  OPERATOR_GROUP(
      "operator_group",
      new Rule.Text(":/"),
      "",
      "<group>",
      "Group whose members may use teos-cli: they can read the operator's key, and enter the data"
          + " folder; empty for none."),
  BTC_NETWORK(
      "btc_network",
      new Rule.OneOf(Network.allNames()),
      "mainnet",
      "<network>",
      "Network that bitcoind is on: mainnet, testnet, testnet4, signet or regtest."),
  BTC_RPC_USER(
      "btc_rpc_user", new Rule.Text(":"), "", "<user>", "bitcoind's rpcuser, with its password."),
  BTC_RPC_PASSWORD(
      "btc_rpc_password", new Rule.Text(""), "", "<password>", "bitcoind's rpcpassword."),
  BTC_RPC_COOKIE(
      "btc_rpc_cookie",
      new Rule.FilePath(true),
      "",
      "<file>",
      "bitcoind's cookie file, instead of user and password. With neither given, the standard"
          + " cookie file of a bitcoind on this machine."),
  BTC_RPC_CONNECT("btc_rpc_connect", host(), "127.0.0.1", "<host>", "Host of bitcoind's RPC."),
  BTC_RPC_PORT(
      "btc_rpc_port",
      new Rule.Whole(0, 65_535, ", 0 for the network's own"),
      "0",
      "<port>",
      "Port of bitcoind's RPC; 0 for the network's own: 8332, testnet 18332, testnet4 48332,"
          + " signet 38332, regtest 18443."),
  BTC_FEED_PROTOCOL(
      "btc_feed_protocol",
      new Rule.OneOf(List.of("tcp")),
      "tcp",
      "<protocol>",
      "Protocol of bitcoind's ZMQ feed: tcp."),
  BTC_FEED_CONNECT(
      "btc_feed_connect", host(), "127.0.0.1", "<host>", "Host of bitcoind's ZMQ feed."),
  BTC_FEED_PORT(
      "btc_feed_port",
      new Rule.Whole(0, 65_535, ", 0 for no feed"),
      "28332",
      "<port>",
      "Port of bitcoind's ZMQ feed of block hashes; 0 for none, only polling."),
  BTC_MEMPOOL(
      "btc_mempool",
      new Rule.OneOf(MempoolWatch.words()),
      "zmq",
      "<how>",
      "How disputes are found before they are in a block: zmq (bitcoind's zmqpubrawtx), polling,"
          + " or off."),
  BTC_MEMPOOL_FEED_PORT(
      "btc_mempool_feed_port",
      new Rule.Whole(0, 65_535, ", 0 for the same as btc_feed_port"),
      "0",
      "<port>",
      "Port of bitcoind's zmqpubrawtx, if it is another one than that of zmqpubhashblock."),
  MEMPOOL_POLLING_DELTA(
      "mempool_polling_delta",
      new Rule.Whole(1, 65_535),
      "5",
      "<seconds>",
      "Seconds between two looks at bitcoind's mempool where it is polled."),
  POLLING_DELTA(
      "polling_delta",
      new Rule.Whole(1, 65_535),
      "60",
      "<seconds>",
      "Seconds between two looks at bitcoind's chain."),
  SUBSCRIPTION_SLOTS(
      "subscription_slots", atLeastOne(), "10000", "<slots>", "Slots that a registration gives."),
  SUBSCRIPTION_DURATION(
      "subscription_duration", atLeastOne(), "4320", "<blocks>", "Blocks a subscription lasts."),
  EXPIRY_DELTA(
      "expiry_delta",
      new Rule.Whole(0, u32Max()),
      "6",
      "<blocks>",
      "Blocks for which the data of an expired subscription is kept."),
  MIN_TO_SELF_DELAY(
      "min_to_self_delay",
      new Rule.Whole(0, 65_535),
      "20",
      "<blocks>",
      "Least to_self_delay of an appointment, in blocks; dialect v1 only."),
  MAX_APPOINTMENTS(
      "max_appointments",
      atLeastOne(),
      "1000000",
      "<count>",
      "Most appointments that the tower holds, of all users."),
  LOCATOR_CACHE_SIZE(
      "locator_cache_size",
      new Rule.Whole(1, 1_000),
      "6",
      "<blocks>",
      "Last blocks in which the dispute of a late appointment is looked for."),
  INTERNAL_API_HOST(
      "internal_api_host", host(), "127.0.0.1", "<host>", "Address of the internal API."),
  INTERNAL_API_PORT("internal_api_port", port(), "50051", "<port>", "Port of the internal API."),
  INTERNAL_API_WORKERS(
      "internal_api_workers",
      new Rule.Whole(1, 1_000),
      "10",
      "<count>",
      "Calls that the internal API serves at once."),
  WEB_BIND(
      "web_bind",
      host(),
      "127.0.0.1",
      "<host>",
      "Address of the operator's site: metrics, health."),
  WEB_PORT(
      "web_port",
      new Rule.Whole(0, 65_535, ", 0 for no site"),
      "0",
      "<port>",
      "Port of the operator's site; 0 for none."),
  WEB_HOSTS(
      "web_hosts",
      new Rule.Text(""),
      "",
      "<names>",
      "Names by which browsers may ask for the operator's site, beside localhost and addresses,"
          + " with commas between."),
  REGISTRATION(
      "registration",
      new Rule.OneOf(List.of("open", "list", "invitation")),
      "open",
      "<who>",
      "Who may register: open for all, list for registration_keys, invitation for those whom"
          + " teos-cli invite_user has named."),
  REGISTRATION_KEYS(
      "registration_keys",
      new Rule.Text(""),
      "",
      "<keys>",
      "Users that may register, in hex, with commas between; for registration = list."),
  MIN_FREE_DISK(
      "min_free_disk",
      new Rule.Whole(0, u32Max()),
      "200",
      "<megabytes>",
      "Free space on the disk of the data folder under which no new users are taken."),
  DISK_RESERVE(
      "disk_reserve",
      new Rule.Whole(0, u32Max()),
      "64",
      "<megabytes>",
      "Space kept for answering breaches: with less free beside it nothing new is stored."),
  LIMIT_REQUESTS(
      "limit_requests",
      new Rule.Whole(0, 1_000_000, ", 0 for no limit"),
      "500",
      "<count>",
      "Requests of an address a second."),
  LIMIT_REGISTRATIONS(
      "limit_registrations",
      new Rule.Whole(0, 1_000_000, ", 0 for no limit"),
      "100",
      "<count>",
      "Registrations of an address an hour."),
  LIMIT_USER_REGISTRATIONS(
      "limit_user_registrations",
      new Rule.Whole(0, 1_000_000, ", 0 for no limit"),
      "100",
      "<count>",
      "Has no effect: anybody could use up another user's."),
  LIMIT_USER_REQUESTS(
      "limit_user_requests",
      new Rule.Whole(0, 1_000_000, ", 0 for no limit"),
      "500",
      "<count>",
      "Requests of a user a second."),
  LND_SUPPORT(
      "lnd_support", new Rule.Switch(), "false", "", "Also serves the watchtower clients of lnd."),
  LND_BIND("lnd_bind", host(), "127.0.0.1", "<host>", "Address that lnd's clients connect to."),
  LND_PORT("lnd_port", port(), "9911", "<port>", "Port that lnd's clients connect to."),
  LND_MAX_UPDATES(
      "lnd_max_updates",
      new Rule.Whole(1, 65_535),
      "65535",
      "<count>",
      "Most updates in a session of an lnd client; lnd asks for 1,024."),
  LND_MAX_SWEEP_FEE_RATE(
      "lnd_max_sweep_fee_rate",
      new Rule.Whole(253, 10_000_000),
      "250000",
      "<sat/kw>",
      "Highest fee rate of justice transactions that an lnd client may ask for, in satoshi per"
          + " 1,000 units of weight."),
  LND_MAX_SESSIONS(
      "lnd_max_sessions",
      atLeastOne(),
      "100000",
      "<count>",
      "Most sessions of lnd clients, of all of them."),
  LND_REWARD_ADDRESS(
      "lnd_reward_address",
      new Rule.Text(""),
      "",
      "<address>",
      "A P2WPKH address for the tower's share, for lnd clients that offer one; empty to refuse"
          + " such sessions."),
  LND_CLIENTS(
      "lnd_clients",
      new Rule.Text(""),
      "",
      "<keys>",
      "Keys that may open sessions, in hex, with commas between; empty for all."),
  TOR_SUPPORT(
      "tor_support", new Rule.Switch(), "false", "", "Also serves the API as an onion service."),
  TOR_CONTROL_PORT("tor_control_port", port(), "9051", "<port>", "Control port of the local Tor."),
  TOR_CONTROL_PASSWORD(
      "tor_control_password",
      new Rule.Text(""),
      "",
      "<password>",
      "Its password, if Tor has a HashedControlPassword; else none is needed."),
  ONION_HIDDEN_SERVICE_PORT(
      "onion_hidden_service_port", port(), "9814", "<port>", "Port of the onion service."),
  DEFAULT_DIALECT(
      "default_dialect",
      new Rule.OneOf(List.of("v1", "v2")),
      "v2",
      "<dialect>",
      "Dialect for those who have not shown theirs: v1 or v2."),
  LOG_FILE("log_file", new Rule.FilePath(false), "teos.log", "<file>", "The log."),
  BREACH_LOG_FILE(
      "breach_log_file",
      new Rule.FilePath(false),
      "breaches.log",
      "<file>",
      "The history of breaches."),
  LOG_FORMAT(
      "log_format",
      new Rule.OneOf(List.of("text", "json")),
      "text",
      "<format>",
      "How a line of the log is: text or json."),
  TEOS_SECRET_KEY(
      "teos_secret_key", new Rule.FilePath(false), "teos_sk.der", "<file>", "The tower's key."),
  DATABASE_PATH(
      "database_path", new Rule.FilePath(false), "teos_db.sqlite", "<file>", "The database."),
  DATABASE_URL(
      "database_url",
      new Rule.Prefixed("jdbc:postgresql:"),
      "",
      "<url>",
      "A PostgreSQL database instead of the file, as jdbc:postgresql://host:port/name."),
  DATABASE_USER("database_user", new Rule.Text(""), "", "<user>", "The user there."),
  DATABASE_PASSWORD("database_password", new Rule.Text(""), "", "<password>", "Its password."),
  DAEMON("daemon", new Rule.Switch(), "false", "", "Runs in the background."),
  DEBUG("debug", new Rule.Switch(), "false", "", "Logs the tower in detail."),
  DEPS_DEBUG("deps_debug", new Rule.Switch(), "false", "", "Logs the libraries in detail."),
  OVERWRITE_KEY(
      "overwrite_key",
      new Rule.Switch(),
      "false",
      "",
      "Replaces the tower's key. This cannot be undone, and changes the tower's id. Asks first."
          + " Command line only."),
  FORCE_UPDATE(
      "force_update",
      new Rule.Switch(),
      "false",
      "",
      "Starts even if bitcoind has pruned blocks that the tower has not seen. Command line only."),
  WSGI(
      "wsgi",
      new Rule.OneOf(List.of("gunicorn", "waitress")),
      "",
      "<server>",
      "Taken for python-teos's sake; has no effect."),
  APPOINTMENTS_DB_PATH("appointments_db_path", new Rule.Text(""), "", "", ""),
  USERS_DB_PATH("users_db_path", new Rule.Text(""), "", "", "");

  private final String key;
  private final Rule rule;
  private final String defaultValue;
  private final String label;
  private final String help;

  Setting(String key, Rule rule, String defaultValue, String label, String help) {
    this.key = key;
    this.rule = rule;
    this.defaultValue = defaultValue;
    this.label = label;
    this.help = help;
  }

  /** The setting that a file calls {@code key}, in the spelling of either reference tower. */
  static Optional<Setting> named(String key) {
    // rust-teos's name for what python-teos called internal_api_host.
    String current = key.equals("internal_api_bind") ? INTERNAL_API_HOST.key : key;
    return Arrays.stream(values()).filter(setting -> setting.key.equals(current)).findFirst();
  }

  /** Those with a flag of their own. */
  static Stream<Setting> flagged() {
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

  String defaultValue() {
    return defaultValue;
  }

  /** What stands for the value in the help. */
  String label() {
    return label;
  }

  String help() {
    return help;
  }

  String flag() {
    return "--" + key.replace("_", "");
  }

  boolean isSwitch() {
    return rule instanceof Rule.Switch;
  }

  /** Whether messages must not show its value. A user may hold user:password by mistake. */
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

  /** Accepted from files of python-teos and of earlier releases, whose parts these are. */
  boolean hasNoEffect() {
    return this == WSGI
        || this == APPOINTMENTS_DB_PATH
        || this == USERS_DB_PATH
        || this == LIMIT_USER_REGISTRATIONS;
  }

  /** Meant for one start: left in a file, each restart would do it again. */
  boolean commandLineOnly() {
    return this == OVERWRITE_KEY || this == FORCE_UPDATE;
  }

  /** Passes a value that this setting takes. */
  void check(RawSetting given) throws ConfigException {
    if (given.value().indexOf('\n') >= 0 || given.value().indexOf('\r') >= 0) {
      // Not shown: an indented line, perhaps with a password, has become a part of this value.
      throw given.refuseUnseen(
          "the value spans lines; a line that starts with a space continues the one before it");
    }
    boolean rightType = given.type() == RawSetting.Type.UNTYPED || given.type() == rule.type();
    if (!rightType || !rule.accepts(given.value())) {
      throw refuse(given, "expected " + rule.allowed() + (rightType ? "" : typeNote()));
    }
  }

  /** Refuses what was given for this setting. */
  ConfigException refuse(RawSetting given, String why) {
    return isSecret() ? given.refuseUnseen(why) : given.refuse(why);
  }

  private String typeNote() {
    return rule.type() == RawSetting.Type.TEXT ? ", in quotes" : ", without quotes";
  }

  private static Rule host() {
    return new Rule.Host();
  }

  private static Rule port() {
    return new Rule.Whole(1, 65_535);
  }

  private static Rule atLeastOne() {
    return new Rule.Whole(1, u32Max());
  }

  /** The most that an unsigned 32-bit integer holds. A method, as constants come too late here. */
  private static long u32Max() {
    return 0xffff_ffffL;
  }
}
