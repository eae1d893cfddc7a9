package teos.teosd.process;

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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import teos.common.Version;
import teos.config.Config;
import teos.tower.BreachLog;

/**
 * Configures the log: to the console and to a file, and the breach history to a separate file, one
 * line per event, as text or as JSON. The size of the files is bounded, and {@link FloodLimiter}
 * bounds what a flood can add to them.
 */
public final class Logging {

  private static final String FILE_SIZE = "10MB";
  private static final int OLD_FILES = 5;
  private static final int OLD_BREACH_FILES = 9;
  private static final Duration PERIOD = Duration.ofMinutes(1);
  private static final Duration BREACH_PERIOD = Duration.ofHours(1);
  private static final String DEFAULT_LEVEL = "default level of ";
  private static final List<String> LEVELS =
      List.of("trace", "debug", "info", "warn", "error", "off", "default");

  private Logging() {}

  /** Turns logging off until {@link #setUp}; errors before that are printed. */
  public static void quiet() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
  }

  /** Configures the log by {@code config}, and logs the version and the network. */
  public static void setUp(Config config) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    setDefault(root, config.mode().depsDebug() ? Level.DEBUG : Level.WARN);
    setDefault(context.getLogger("teos"), config.mode().debug() ? Level.DEBUG : Level.INFO);
    FloodLimiter limiter = new FloodLimiter(LineKind::of, PERIOD);
    if (!config.mode().daemon()) {
      limiter.addAppender(started(new ConsoleAppender<>(), layout(config), context));
    }
    limiter.addAppender(file(config.files().log(), OLD_FILES, layout(config), context));
    root.addAppender(started(limiter, context));

    FloodLimiter breaches = new FloodLimiter(LineKind::ofBreachHistory, BREACH_PERIOD);
    breaches.addAppender(
        file(config.files().breachLog(), OLD_BREACH_FILES, layout(config), context));
    Logger history = context.getLogger(BreachLog.NAME);
    setDefault(history, Level.INFO);
    history.addAppender(started(breaches, context));

    SLF4JBridgeHandler.removeHandlersForRootLogger(); // the JDK's own console handler
    SLF4JBridgeHandler.install();
    LoggerFactory.getLogger(Logging.class)
        .atInfo()
        .addKeyValue("version", Version.current())
        .addKeyValue("network", config.network().configName())
        .log("Starting java-teos");
  }

  /** Sets a logger's level, which the level {@code default} restores. */
  static void setDefault(Logger logger, Level level) {
    logger.getLoggerContext().putObject(DEFAULT_LEVEL + logger.getName(), level);
    logger.setLevel(level);
  }

  /**
   * Changes the level of a logger until the program ends.
   *
   * @return the effective level
   * @throws IllegalArgumentException if the level is unknown or no logger is named
   */
  public static String setLevel(String name, String level) {
    if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "\"" + level + "\" is not a log level; expected one of " + String.join(", ", LEVELS));
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "no logger is named; expected one such as teos.tower.watcher, or ROOT");
    }
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger logger = context.getLogger(name);
    logger.setLevel(
        level.equalsIgnoreCase("default")
            ? (Level) context.getObject(DEFAULT_LEVEL + logger.getName()) // or that of its parent
            : Level.valueOf(level));
    return logger.getEffectiveLevel().toString().toLowerCase(Locale.ROOT);
  }

  private static RollingFileAppender<ILoggingEvent> file(
      Path file, int oldFiles, LayoutBase<ILoggingEvent> layout, LoggerContext context) {
    String path = file.toString();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(path);

    FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(path + ".%i");
    rolling.setMaxIndex(oldFiles);
    rolling.start();

    SizeBasedTriggeringPolicy<ILoggingEvent> triggering = new SizeBasedTriggeringPolicy<>();
    triggering.setContext(context);
    triggering.setMaxFileSize(FileSize.valueOf(FILE_SIZE));
    triggering.start();

    appender.setRollingPolicy(rolling);
    appender.setTriggeringPolicy(triggering);
    return started(appender, layout, context);
  }

  private static FloodLimiter started(FloodLimiter limiter, LoggerContext context) {
    limiter.setContext(context);
    limiter.start();
    return limiter;
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
