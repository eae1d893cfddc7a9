package teos.teosd.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Log appender that limits the number of lines of each {@link LineKind} per period. At the end of a
 * period it writes one line with the number of suppressed lines. That line counts as the first of
 * the next period, so a flood of a kind with a limit of one results in one line per period.
 *
 * <p>Lines below INFO pass unlimited: they exist only if an operator has asked for them. Only the
 * first line of a kind in a period has its stack trace.
 */
final class FloodLimiter extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent> {

  /** Kinds that are counted at the same time; the least recently used one is evicted. */
  private static final int MAX_KINDS = 5_000;

  static final String SUPPRESSED = "similar lines suppressed";

  private final AppenderAttachableImpl<ILoggingEvent> appenders = new AppenderAttachableImpl<>();
  private final LineKind.Rule rule;
  private final Duration period;
  private final LongSupplier nanos;
  private final Map<LineKind, Count> counts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<LineKind, Count> eldest) {
          return size() > MAX_KINDS;
        }
      };
  private @Nullable ScheduledFuture<?> ticker;

  /** Lines of one kind in the current period. */
  private static final class Count {
    private long since;
    private int passed;
    private long suppressed;
    private @Nullable ILoggingEvent last;
  }

  FloodLimiter(LineKind.Rule rule, Duration period) {
    this(rule, period, System::nanoTime);
  }

  /**
   * @param nanos clock, in nanoseconds
   */
  FloodLimiter(LineKind.Rule rule, Duration period, LongSupplier nanos) {
    this.rule = rule;
    this.period = period;
    this.nanos = nanos;
  }

  @Override
  public void start() {
    super.start();
    ticker =
        getContext()
            .getScheduledExecutorService()
            .scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  public void stop() {
    super.stop();
    if (ticker != null) {
      ticker.cancel(false);
    }
    appenders.detachAndStopAllAppenders();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (!event.getLevel().isGreaterOrEqual(Level.INFO)) {
      appenders.appendLoopOnAppenders(event);
      return;
    }
    LineKind kind = rule.kind(event);
    boolean first;
    synchronized (counts) {
      Count count = counts.computeIfAbsent(kind, ignored -> new Count());
      if (count.passed == 0) {
        count.since = nanos.getAsLong();
      }
      if (count.passed >= kind.limit()) {
        count.suppressed++;
        count.last = event;
        return;
      }
      first = count.passed++ == 0;
    }
    appenders.appendLoopOnAppenders(
        withStackTrace(event, kind, first) ? event : withCauseOnly(event));
  }

  /** Lines that untrusted peers trigger have no stack trace unless their logger is at DEBUG. */
  private boolean withStackTrace(ILoggingEvent event, LineKind kind, boolean first) {
    return event.getThrowableProxy() == null
        || (first && !kind.untrusted())
        || logger(event).isDebugEnabled();
  }

  private ILoggingEvent withCauseOnly(ILoggingEvent event) {
    IThrowableProxy thrown = event.getThrowableProxy();
    List<KeyValuePair> pairs = new ArrayList<>();
    if (event.getKeyValuePairs() != null) {
      pairs.addAll(event.getKeyValuePairs());
    }
    pairs.add(new KeyValuePair("cause", thrown.getClassName() + ": " + thrown.getMessage()));
    LoggingEvent shorter = like(event, event.getMessage(), event.getArgumentArray());
    shorter.setInstant(event.getInstant());
    shorter.setThreadName(event.getThreadName());
    shorter.setKeyValuePairs(pairs);
    return shorter;
  }

  private LoggingEvent like(ILoggingEvent event, String message, Object @Nullable [] arguments) {
    return new LoggingEvent(
        FloodLimiter.class.getName(), logger(event), event.getLevel(), message, null, arguments);
  }

  private Logger logger(ILoggingEvent event) {
    return ((LoggerContext) getContext()).getLogger(event.getLoggerName());
  }

  private void tick() {
    summarize();
    for (Iterator<Appender<ILoggingEvent>> each = iteratorForAppenders(); each.hasNext(); ) {
      Appender<ILoggingEvent> appender = each.next();
      if (!appender.isStarted()) {
        appender.start(); // its file could not be created before, because the disk was full
      }
    }
  }

  /** Ends the periods that are over, and writes a line for each kind with suppressed lines. */
  void summarize() {
    List<ILoggingEvent> summaries = new ArrayList<>();
    synchronized (counts) {
      long now = nanos.getAsLong();
      Iterator<Map.Entry<LineKind, Count>> each = counts.entrySet().iterator();
      while (each.hasNext()) {
        Map.Entry<LineKind, Count> entry = each.next();
        Count count = entry.getValue();
        if (now - count.since < period.toNanos()) {
          continue;
        }
        if (count.last == null) {
          each.remove();
          continue;
        }
        summaries.add(summary(entry.getKey(), count.last, count.suppressed));
        count.since = now;
        count.passed = 1;
        count.suppressed = 0;
        count.last = null;
      }
    }
    summaries.forEach(appenders::appendLoopOnAppenders);
  }

  private ILoggingEvent summary(LineKind kind, ILoggingEvent last, long suppressed) {
    LoggingEvent summary = like(last, SUPPRESSED, null);
    summary.setKeyValuePairs(
        List.of(
            new KeyValuePair("event", kind.event()),
            new KeyValuePair("count", suppressed),
            new KeyValuePair("seconds", period.toSeconds())));
    return summary;
  }

  @Override
  public void addAppender(Appender<ILoggingEvent> appender) {
    appenders.addAppender(appender);
  }

  @Override
  public Iterator<Appender<ILoggingEvent>> iteratorForAppenders() {
    return appenders.iteratorForAppenders();
  }

  @Override
  public Appender<ILoggingEvent> getAppender(String name) {
    return appenders.getAppender(name);
  }

  @Override
  public boolean isAttached(Appender<ILoggingEvent> appender) {
    return appenders.isAttached(appender);
  }

  @Override
  public void detachAndStopAllAppenders() {
    appenders.detachAndStopAllAppenders();
  }

  @Override
  public boolean detachAppender(Appender<ILoggingEvent> appender) {
    return appenders.detachAppender(appender);
  }

  @Override
  public boolean detachAppender(String name) {
    return appenders.detachAppender(name);
  }
}
