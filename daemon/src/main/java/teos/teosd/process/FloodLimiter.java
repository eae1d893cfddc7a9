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
 * Appender that hands on a limited number of lines of each {@link LineKind} in a period, and at its
 * end one line that says how many more there were. That line counts as the next period's first, so
 * a flood of a kind with a limit of one is one line a period.
 *
 * <p>Lines below INFO are handed on as they are: they are there only if an operator has asked for
 * them. Of a kind, only the first line of a period has its stack trace.
 */
final class FloodLimiter extends UnsynchronizedAppenderBase<ILoggingEvent>
    implements AppenderAttachable<ILoggingEvent> {

  /** Kinds that are counted at a time; the one that was seen last the longest ago is forgotten. */
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
  private @Nullable ScheduledFuture<?> ticking;

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
    ticking =
        getContext()
            .getScheduledExecutorService()
            .scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  public void stop() {
    super.stop();
    if (ticking != null) {
      ticking.cancel(false);
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
    appenders.appendLoopOnAppenders(withStackTrace(event, kind, first) ? event : withCause(event));
  }

  /** What strangers bring about has none, unless somebody looks for what it is. */
  private boolean withStackTrace(ILoggingEvent event, LineKind kind, boolean first) {
    return event.getThrowableProxy() == null
        || (first && !kind.byStrangers())
        || logger(event).isDebugEnabled();
  }

  private ILoggingEvent withCause(ILoggingEvent event) {
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
        appender.start(); // a file that could not be made: the disk was full
      }
    }
  }

  /** Ends the periods that are over, with a line for each kind of which lines were left out. */
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
