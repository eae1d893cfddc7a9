package teos.teosd.process;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.List;
import teos.tower.BreachLog;

/**
 * Kind of a log line, for {@link FloodLimiter}.
 *
 * @param source the logger, or the user in the breach history
 * @param event text of the line, without values
 * @param limit maximum number of lines of this kind per period
 * @param untrusted whether anyone who can reach the tower can trigger any number of such lines
 */
record LineKind(String source, String event, int limit, boolean untrusted) {

  /** Determines the kind of a line. */
  interface Rule {
    LineKind kind(ILoggingEvent event);
  }

  /** Lines per minute of a kind that untrusted peers trigger. */
  private static final int UNTRUSTED_LIMIT = 1;

  /**
   * Lines per minute of a kind that the tower itself triggers: enough for a reorg or mass breach.
   */
  private static final int OWN_LIMIT = 100;

  /** Lines per hour and user in the breach history: about twenty channels, all breached. */
  private static final int USER_LIMIT = 200;

  /** Prefixes of the loggers of which untrusted peers trigger the lines. */
  static final List<String> UNTRUSTED_LOGGERS =
      List.of(
          "teos.teosd.http.",
          "teos.teosd.lnd.",
          "teos.teosd.net.",
          "teos.teosd.rpc.UnaryCalls",
          "teos.noise.",
          "teos.wtwire.",
          "teos.tower.appointments.",
          "teos.tower.gatekeeper.Gatekeeper",
          "teos.tower.sessions.",
          "teos.tower.responder.BreachDecryptor",
          "teos.tower.watcher.JunkDeleter",
          "teos.tower.watcher.RecentDispute");

  /**
   * Returns the kind of a line of the log. The kind of our own lines is their logger and text.
   * Libraries put values into their texts, so the kind of their lines is the logger, level and
   * exception class.
   */
  static LineKind of(ILoggingEvent event) {
    String logger = event.getLoggerName();
    String level = event.getLevel().toString();
    if (!logger.startsWith("teos.")) {
      String thrown =
          event.getThrowableProxy() == null ? "" : event.getThrowableProxy().getClassName();
      return new LineKind(logger, (level + " " + thrown).strip(), UNTRUSTED_LIMIT, true);
    }
    boolean untrusted = UNTRUSTED_LOGGERS.stream().anyMatch(logger::startsWith);
    return new LineKind(
        logger, event.getMessage(), untrusted ? UNTRUSTED_LIMIT : OWN_LIMIT, untrusted);
  }

  /** Returns the kind of a line of the breach history: all lines of a user are one kind. */
  static LineKind ofBreachHistory(ILoggingEvent event) {
    String user =
        event.getKeyValuePairs() == null
            ? ""
            : event.getKeyValuePairs().stream()
                .filter(pair -> pair.key.equals(BreachLog.USER))
                .map(pair -> String.valueOf(pair.value))
                .findFirst()
                .orElse("");
    return new LineKind(user, BreachLog.USER + " " + user, USER_LIMIT, false);
  }
}
