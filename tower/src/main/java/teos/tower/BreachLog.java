package teos.tower;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logger of the breach history. Only tracker events go through it. The daemon writes it to a
 * separate file ({@code breaches.log}), so that other lines cannot rotate them out.
 *
 * <p>A line has a constant event text and key=value pairs. The {@code user} key is required: lines
 * are limited per user, so that one user's breaches cannot displace another's.
 */
public final class BreachLog {

  /** Name of the logger. */
  public static final String NAME = "teos.breaches";

  /** Key of the user's id. */
  public static final String USER = "user";

  private BreachLog() {}

  /** Returns the logger. */
  public static Logger logger() {
    return LoggerFactory.getLogger(NAME);
  }
}
