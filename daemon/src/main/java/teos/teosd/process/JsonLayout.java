package teos.teosd.process;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.slf4j.event.KeyValuePair;

/**
 * Layout that writes each event as one JSON object on one line: {@code time}, {@code level}, {@code
 * logger}, {@code message}, the event's key-value pairs, and {@code exception}.
 */
public final class JsonLayout extends LayoutBase<ILoggingEvent> {

  @Override
  public String doLayout(ILoggingEvent event) {
    ObjectNode line =
        JsonNodeFactory.instance
            .objectNode()
            .put("time", event.getInstant().toString())
            .put("level", event.getLevel().toString())
            .put("logger", event.getLoggerName())
            .put("message", LogText.message(event.getFormattedMessage()));
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        switch (pair.value) {
          case Integer number -> line.put(pair.key, number);
          case Long number -> line.put(pair.key, number);
          case Boolean truth -> line.put(pair.key, truth);
          case null -> line.putNull(pair.key);
          default -> line.put(pair.key, LogText.value(pair.value.toString()));
        }
      }
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.put("exception", LogText.stackTrace(ThrowableProxyUtil.asString(thrown).strip()));
    }
    return LogText.escaped(line.toString()) + System.lineSeparator();
  }
}
