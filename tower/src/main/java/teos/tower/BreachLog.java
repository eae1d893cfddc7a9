package teos.tower;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logger of the breach history. Every tracker event goes through it, and nothing else does: the
 * daemon writes it to a file of its own ({@code breaches.log}), which no other line can push out.
 *
 * <p>A line has a constant event text and key=value pairs. The {@code user} key is required: lines
 * are limited per user, so that one user's breaches cannot push out another's.
 */
public final class BreachLog {

  /** Name of the logger. */
  public static final String NAME = "teos.breaches";

  /** Key of the user's id. */
  public static final String USER = "user";

  private BreachLog() {}

  /** The logger. */
  public static Logger logger() {
    return LoggerFactory.getLogger(NAME);
  }
}
