package teos.teosd.model;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the logs of a thousand towers from being read, unless {@code teos.model.log} has a level. */
final class Quiet {

  private Quiet() {}

  static void begin() {
    SimulatedCrash.endThreadsInSilence();
    Level level = Level.toLevel(System.getProperty("teos.model.log"), Level.OFF);
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(level);
  }
}
