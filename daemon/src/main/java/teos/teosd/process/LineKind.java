package teos.teosd.process;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.List;
import teos.tower.BreachLog;

/**
 * Kind of a line of the log, for {@link FloodLimiter}.
 *
 * @param source of the line: its logger, or its user in the breach history
 * @param event text of the line, without values
 * @param limit lines of this kind in a period
 * @param byStrangers whether anybody who can reach the tower can bring about any number of them
 */
record LineKind(String source, String event, int limit, boolean byStrangers) {

  /** Sorts lines into kinds. */
  interface Rule {
    LineKind kind(ILoggingEvent event);
  }

  /** Of what users and strangers do, one line a minute, and how many more there were. */
  private static final int LIMIT_BY_STRANGERS = 1;

  /** Of what the tower itself does: enough to follow a reorg or a storm of breaches. */
  private static final int LIMIT = 100;

  /** Lines of a user in the breach history in an hour: some twenty channels, all breached. */
  private static final int LIMIT_OF_USER = 200;

  /** Packages and classes that log what they are asked to do, from outside. */
  private static final List<String> REQUESTS =
      List.of(
          "teos.teosd.http.",
          "teos.teosd.lnd.",
          "teos.teosd.net.",
          "teos.teosd.rpc.Calls",
          "teos.net.",
          "teos.noise.",
          "teos.wtwire.",
          "teos.tower.appointments.",
          "teos.tower.gatekeeper.Gatekeeper",
          "teos.tower.sessions.",
          "teos.tower.watcher.BreachDecryptor",
          "teos.tower.watcher.JunkDeleter",
          "teos.tower.watcher.RecentDispute");

  /**
   * The log's rule: what is kept apart by logger, level and text. Libraries put values into their
   * texts, so theirs are kept apart by logger, level and exception only.
   */
  static LineKind of(ILoggingEvent event) {
    String logger = event.getLoggerName();
    String level = event.getLevel().toString();
    if (!logger.startsWith("teos.")) {
      String thrown =
          event.getThrowableProxy() == null ? "" : event.getThrowableProxy().getClassName();
      return new LineKind(logger, (level + " " + thrown).strip(), LIMIT_BY_STRANGERS, true);
    }
    boolean byStrangers = REQUESTS.stream().anyMatch(logger::startsWith);
    return new LineKind(
        logger, event.getMessage(), byStrangers ? LIMIT_BY_STRANGERS : LIMIT, byStrangers);
  }

  /** The breach history's rule: each user has lines of their own. */
  static LineKind ofUser(ILoggingEvent event) {
    String user =
        event.getKeyValuePairs() == null
            ? ""
            : event.getKeyValuePairs().stream()
                .filter(pair -> pair.key.equals(BreachLog.USER))
                .map(pair -> String.valueOf(pair.value))
                .findFirst()
                .orElse("");
    return new LineKind(user, BreachLog.USER + " " + user, LIMIT_OF_USER, false);
  }
}
