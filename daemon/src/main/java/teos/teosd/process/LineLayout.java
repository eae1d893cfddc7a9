package teos.teosd.process;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.event.KeyValuePair;

/**
 * Layout that writes each event on one line: time, level, class, message, and the event's pairs as
 * {@code key=value}. A value is quoted if it has characters other than the usual ones; line breaks
 * become {@code |}.
 */
public final class LineLayout extends LayoutBase<ILoggingEvent> {

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
  private static final Pattern PLAIN = Pattern.compile("[\\w.:/@+,\\[\\]-]+");
  private static final Pattern BREAKS = Pattern.compile("\\s*\\R\\s*");

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder();
    line.append(TIME.format(event.getInstant()))
        .append(' ')
        .append("%-5s".formatted(event.getLevel()))
        .append(' ')
        .append(simpleName(event.getLoggerName()))
        .append(' ')
        .append(inOneLine(LogText.message(event.getFormattedMessage())));
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(
          pair -> line.append(' ').append(pair.key).append('=').append(value(pair.value)));
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(" | ")
          .append(inOneLine(LogText.stackTrace(ThrowableProxyUtil.asString(thrown).strip())));
    }
    return LogText.escaped(line.toString()) + System.lineSeparator();
  }

  private static String simpleName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static String inOneLine(String text) {
    return BREAKS.matcher(text).replaceAll(" | ");
  }

  private static String value(Object value) {
    String text = LogText.value(String.valueOf(value));
    return PLAIN.matcher(text).matches()
        ? text
        : '"' + inOneLine(text).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
