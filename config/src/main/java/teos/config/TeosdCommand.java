package teos.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Commands of {@code teosd}. Without a command it runs the tower. */
public enum TeosdCommand {
  RUN("", "", ""),
  API(
      "api",
      "",
      "Runs a front end, which accepts appointments for a tower that uses the same PostgreSQL"
          + " database."),
  STOP("stop", "", "Stops the tower that runs in the data folder."),
  IMPORT("import", "<folder>", "Imports the tower of a python-teos or rust-teos data folder."),
  BACKUP("backup", "<file>", "Writes the tower's key, database and certificates to one file."),
  RESTORE("restore", "<file>", "Restores a file of 'teosd backup' into an empty data folder.");

  private final String word;
  private final String operand;
  private final String help;

  TeosdCommand(String word, String operand, String help) {
    this.word = word;
    this.operand = operand;
    this.help = help;
  }

  /** Returns the command that is typed as {@code word}. */
  static Optional<TeosdCommand> named(String word) {
    return Arrays.stream(values())
        .filter(command -> command != RUN && command.word.equals(word))
        .findFirst();
  }

  /**
   * Returns whether the command uses {@code setting}. It neither requires nor checks any other, so
   * that a tower can be stopped or restored without a login for bitcoind.
   */
  boolean uses(Setting setting) {
    return switch (this) {
      case RUN -> true;
      case API -> setting == Setting.BTC_NETWORK || !isForWatchingOnly(setting);
      case IMPORT ->
          isLocation(setting)
              || isLog(setting)
              || setting.key().startsWith("btc_rpc_")
              || setting == Setting.LOCATOR_CACHE_SIZE
              || setting == Setting.FORCE_UPDATE;
      case BACKUP, RESTORE -> isLocation(setting);
      case STOP -> setting == Setting.BTC_NETWORK;
    };
  }

  /**
   * Returns whether a front end ignores it, because it has no bitcoind, no operator's RPC and no
   * key of its own.
   */
  private static boolean isForWatchingOnly(Setting setting) {
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

  /** Returns whether it locates the tower's key or database. */
  private static boolean isLocation(Setting setting) {
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

  /** Returns the words of all commands. */
  static List<String> words() {
    return Arrays.stream(values())
        .filter(command -> command != RUN)
        .map(TeosdCommand::word)
        .toList();
  }

  /** Returns the command as it is typed; empty for {@link #RUN}. */
  public String word() {
    return word;
  }

  /** Returns the required operand, such as {@code <file>}; empty if there is none. */
  String operand() {
    return operand;
  }

  String help() {
    return help;
  }
}
