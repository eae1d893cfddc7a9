package teos.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What {@code teosd} can be told to do, by its first word; without one of these it runs the tower.
 */
public enum TeosdCommand {
  RUN("", "", ""),
  API(
      "api",
      "",
      "Runs a front end, which takes appointments for a teosd that shares its PostgreSQL"
          + " database."),
  STOP("stop", "", "Ends the tower that runs in the data folder."),
  IMPORT(
      "import",
      "<folder>",
      "Takes over a tower of python-teos's or rust-teos's, whose data folder this is."),
  BACKUP("backup", "<file>", "Makes one file of all that makes this tower the one that it is."),
  RESTORE("restore", "<file>", "Puts what 'teosd backup' has made into an empty data folder.");

  private final String word;
  private final String operand;
  private final String help;

  TeosdCommand(String word, String operand, String help) {
    this.word = word;
    this.operand = operand;
    this.help = help;
  }

  /** The command that begins with {@code word}. */
  static Optional<TeosdCommand> named(String word) {
    return Arrays.stream(values())
        .filter(command -> command != RUN && command.word.equals(word))
        .findFirst();
  }

  /**
   * Whether the command reads {@code setting}. It neither requires nor checks any other: a tower
   * can be stopped and put back where there is no login for a bitcoind yet.
   */
  boolean uses(Setting setting) {
    return switch (this) {
      case RUN -> true;
      case API -> setting == Setting.BTC_NETWORK || !isForWatching(setting);
      case IMPORT ->
          isPlace(setting)
              || isLog(setting)
              || setting.key().startsWith("btc_rpc_")
              || setting == Setting.LOCATOR_CACHE_SIZE
              || setting == Setting.FORCE_UPDATE;
      case BACKUP, RESTORE -> isPlace(setting);
      case STOP -> setting == Setting.BTC_NETWORK;
    };
  }

  /** A front end has no bitcoind, no operator's RPC, and makes no key. */
  private static boolean isForWatching(Setting setting) {
    return switch (setting) {
      case POLLING_DELTA,
          MEMPOOL_POLLING_DELTA,
          LOCATOR_CACHE_SIZE,
          RPC_BIND,
          RPC_PORT,
          OPERATOR_GROUP,
          OVERWRITE_KEY,
          FORCE_UPDATE ->
          true;
      default -> setting.key().startsWith("btc_");
    };
  }

  /** Where the tower's own things are. */
  private static boolean isPlace(Setting setting) {
    return switch (setting) {
      case BTC_NETWORK, TEOS_SECRET_KEY, DATABASE_PATH, DATABASE_URL -> true;
      default -> false;
    };
  }

  private static boolean isLog(Setting setting) {
    return switch (setting) {
      case LOG_FILE, BREACH_LOG_FILE, LOG_FORMAT, DEBUG, DEPS_DEBUG -> true;
      default -> false;
    };
  }

  /** All words that a command line may begin with. */
  static List<String> words() {
    return Arrays.stream(values())
        .filter(command -> command != RUN)
        .map(TeosdCommand::word)
        .toList();
  }

  /** As it is typed; nothing to run the tower. */
  public String word() {
    return word;
  }

  /** What has to follow, such as {@code <file>}; nothing if nothing has to. */
  String operand() {
    return operand;
  }

  /** What it does. */
  String help() {
    return help;
  }
}
