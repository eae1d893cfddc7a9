package teos.teosd;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import teos.config.Config;

/**
 * Where the log goes: to the console, and to a file that is kept from growing. One line an event, as
 * text or as JSON.
 */
final class Logging {

  private static final String FILE_SIZE = "10MB";
  private static final int OLD_FILES = 5;
  private static final List<String> LEVELS =
      List.of("trace", "debug", "info", "warn", "error", "off", "default");

  private Logging() {}

  /** Until it is known where the log goes, nothing is logged: what goes wrong is printed. */
  static void quiet() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
  }

  static void setUp(Config config) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(config.mode().depsDebug() ? Level.DEBUG : Level.WARN);
    context.getLogger("teos").setLevel(config.mode().debug() ? Level.DEBUG : Level.INFO);
    if (!config.mode().daemon()) {
      root.addAppender(started(new ConsoleAppender<>(), layout(config), context));
    }
    root.addAppender(file(config, context));
    SLF4JBridgeHandler.removeHandlersForRootLogger(); // Helidon and the JDK log to their own
    SLF4JBridgeHandler.install();
  }

  /**
   * Changes what is logged of a part, until the program ends.
   *
   * @return what is so now
   * @throws IllegalArgumentException if there is no such level
   */
  static String setLevel(String name, String level) {
    if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "\"" + level + "\" is no level, expected one of " + String.join(", ", LEVELS));
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "no logger is named, expected one such as teos.tower.watcher, or ROOT");
    }
    Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(name);
    boolean inherited = level.equalsIgnoreCase("default");
    if (inherited && name.equalsIgnoreCase(org.slf4j.Logger.ROOT_LOGGER_NAME)) {
      throw new IllegalArgumentException("there is nothing above ROOT");
    }
    logger.setLevel(inherited ? null : Level.valueOf(level));
    return logger.getEffectiveLevel().toString().toLowerCase(Locale.ROOT);
  }

  private static RollingFileAppender<ILoggingEvent> file(Config config, LoggerContext context) {
    String path = config.files().log().toString();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(path);

    FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(path + ".%i");
    rolling.setMaxIndex(OLD_FILES);
    rolling.start();

    SizeBasedTriggeringPolicy<ILoggingEvent> triggering = new SizeBasedTriggeringPolicy<>();
    triggering.setContext(context);
    triggering.setMaxFileSize(FileSize.valueOf(FILE_SIZE));
    triggering.start();

    appender.setRollingPolicy(rolling);
    appender.setTriggeringPolicy(triggering);
    return started(appender, layout(config), context);
  }

  private static LayoutBase<ILoggingEvent> layout(Config config) {
    return config.mode().jsonLog() ? new JsonLayout() : new LineLayout();
  }

  private static <A extends OutputStreamAppender<ILoggingEvent>> A started(
      A appender, LayoutBase<ILoggingEvent> layout, LoggerContext context) {
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    layout.setContext(context);
    layout.start();
    encoder.setLayout(layout);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
