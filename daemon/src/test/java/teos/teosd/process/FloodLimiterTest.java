package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import teos.tower.BreachLog;

class FloodLimiterTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final LoggerContext context = new LoggerContext();
  private final AtomicLong now = new AtomicLong();
  private final List<String> lines = new ArrayList<>();
  private FloodLimiter limiter = limiter(LineKind::of);

  private FloodLimiter limiter(LineKind.Rule rule) {
    FloodLimiter created = new FloodLimiter(rule, MINUTE, now::get);
    created.setContext(context);
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          private final LineLayout layout = new LineLayout();

          @Override
          protected void append(ILoggingEvent event) {
            lines.add(layout.doLayout(event).strip().replaceFirst("^\\S+ ", ""));
          }
        };
    appender.setContext(context);
    appender.start();
    created.addAppender(appender);
    // Not started, because the test advances the clock and ends the periods.
    return created;
  }

  @AfterEach
  void stop() {
    context.stop();
  }

  private Logger logger(String name) {
    Logger logger = context.getLogger(name);
    logger.setLevel(Level.INFO);
    logger.detachAndStopAllAppenders();
    logger.addAppender(
        new AppenderBase<>() {
          {
            start();
          }

          @Override
          protected void append(ILoggingEvent event) {
            limiter.append(event);
          }
        });
    return logger;
  }

  private void advance(Duration time) {
    now.addAndGet(time.toNanos());
    limiter.summarize();
  }

  @Test
  void floodByUntrustedPeersIsOneLinePerPeriod() {
    Logger logger = logger("teos.teosd.lnd.LndServer");
    for (int minute = 0; minute < 3; minute++) {
      for (int i = 0; i < 1_000; i++) {
        logger.info("lnd client refused", new IOException("no " + i));
      }
      advance(MINUTE);
    }
    assertThat(lines)
        .containsExactly(
            "INFO  LndServer lnd client refused cause=\"java.io.IOException: no 0\"",
            "INFO  LndServer similar lines suppressed event=\"lnd client refused\" count=999"
                + " seconds=60",
            "INFO  LndServer similar lines suppressed event=\"lnd client refused\" count=1000"
                + " seconds=60",
            "INFO  LndServer similar lines suppressed event=\"lnd client refused\" count=1000"
                + " seconds=60");
    advance(MINUTE);
    advance(MINUTE);
    logger.info("lnd client refused");
    assertThat(lines).hasSize(5);
  }

  @Test
  void linesOfLibrariesAreLimitedWhateverTheirTexts() {
    for (int i = 0; i < 100; i++) {
      logger("io.grpc.Server").warn("frame " + i, new IOException());
      logger("io.helidon.Connection").warn("[" + i + "] failed");
    }
    assertThat(lines).hasSize(2).noneMatch(line -> line.contains(" at "));
  }

  @Test
  void ownLinesPassUpToTheirLimit() {
    Logger logger = logger("teos.bitcoin.ChainMonitor");
    for (int i = 0; i < 150; i++) {
      logger.warn("block {} has left the best chain", i);
    }
    logger.error("cannot follow the chain", new IllegalStateException("bug"));
    logger.error("cannot follow the chain", new IllegalStateException("again"));
    assertThat(lines).hasSize(102);
    assertThat(lines.get(100)).contains("IllegalStateException: bug | at teos.");
    assertThat(lines.get(101)).endsWith("cause=\"java.lang.IllegalStateException: again\"");
  }

  @Test
  void debugLinesAreNotLimited() {
    Logger logger = logger("io.grpc.Server");
    logger.setLevel(Level.DEBUG);
    for (int i = 0; i < 10; i++) {
      logger.debug("frame");
      logger.warn("failed", new IOException());
    }
    assertThat(lines).hasSize(11);
    assertThat(lines.get(1)).contains("IOException | at ");
  }

  @Test
  void usersDoNotSuppressEachOthersBreaches() {
    limiter = limiter(LineKind::ofBreachHistory);
    Logger history = logger(BreachLog.NAME);
    for (int i = 0; i < 1_000; i++) {
      history.atInfo().addKeyValue("user", "thief").addKeyValue("uuid", i).log("seen");
    }
    history.atInfo().addKeyValue("user", "victim").log("seen");
    assertThat(lines).hasSize(201).last().asString().endsWith("seen user=victim");
    advance(MINUTE);
    assertThat(lines).last().asString().contains("event=\"user thief\" count=800");
  }
}
