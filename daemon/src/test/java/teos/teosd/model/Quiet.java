package teos.teosd.model;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the log off while thousands of towers run, unless {@code teos.model.log} sets a level;
 * {@link #end} restores it for the following test classes.
 */
final class Quiet {

  private static final Logger ROOT =
      (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private static final Logger TEOS = (Logger) LoggerFactory.getLogger("teos");
  private static final Level ROOT_BEFORE = ROOT.getLevel();
  private static final Level TEOS_BEFORE = TEOS.getLevel();

  private Quiet() {}

  static void begin() {
    SimulatedCrash.suppressStackTraces();
    Level level = Level.toLevel(System.getProperty("teos.model.log"), Level.OFF);
    ROOT.setLevel(level);
    TEOS.setLevel(level);
  }

  static void end() {
    ROOT.setLevel(ROOT_BEFORE);
    TEOS.setLevel(TEOS_BEFORE);
  }
}
