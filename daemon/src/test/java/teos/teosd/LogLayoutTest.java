package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogLayoutTest {

  private static LoggingEvent event(
      String message, @Nullable Throwable thrown, KeyValuePair... pairs) {
    LoggingEvent event =
        new LoggingEvent(
            "fqcn",
            new LoggerContext().getLogger("teos.tower.Watcher"),
            Level.WARN,
            message,
            thrown,
            null);
    event.setInstant(Instant.parse("2026-11-25T12:00:00Z"));
    event.setKeyValuePairs(List.of(pairs));
    return event;
  }

  @Test
  void aLineHasWhatIsKnownByItsKey() {
    assertThat(
            new LineLayout()
                .doLayout(
                    event(
                        "breach",
                        null,
                        new KeyValuePair("uuid", "ab12"),
                        new KeyValuePair("height", 7),
                        new KeyValuePair("detail", "says \"no\"\nand more"))))
        .isEqualTo(
            "2026-11-25T12:00:00.000Z WARN  Watcher breach uuid=ab12 height=7"
                + " detail=\"says \\\"no\\\" | and more\"" + System.lineSeparator());
  }

  /** What a stranger sends does not make lines of its own, nor does an exception. */
  @Test
  void anEventIsOneLine() {
    String line =
        new LineLayout().doLayout(event("first\nsecond", new IOException("no\nway")));
    assertThat(line.strip().lines()).hasSize(1);
    assertThat(line).contains("first | second").contains("java.io.IOException: no | way | at ");
    String json = new JsonLayout().doLayout(event("first\nsecond", new IOException("no\nway")));
    assertThat(json.strip().lines()).hasSize(1);
  }

  @Test
  void jsonHasNumbersAsNumbers() throws IOException {
    JsonNode json =
        new ObjectMapper()
            .readTree(
                new JsonLayout()
                    .doLayout(
                        event(
                            "block",
                            new IOException("no"),
                            new KeyValuePair("height", 7),
                            new KeyValuePair("hash", "ab"))));
    assertThat(json.path("time").asText()).isEqualTo("2026-11-25T12:00:00Z");
    assertThat(json.path("level").asText()).isEqualTo("WARN");
    assertThat(json.path("logger").asText()).isEqualTo("teos.tower.Watcher");
    assertThat(json.path("message").asText()).isEqualTo("block");
    assertThat(json.path("height").isInt()).isTrue();
    assertThat(json.path("hash").asText()).isEqualTo("ab");
    assertThat(json.path("exception").asText()).startsWith("java.io.IOException: no");
  }
}
