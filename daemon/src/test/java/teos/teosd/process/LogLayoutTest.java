package teos.teosd.process;

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
  void aLineHasTheEventsKeyValuePairs() {
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
                + " detail=\"says \\\"no\\\" | and more\""
                + System.lineSeparator());
  }

  /** Neither untrusted text nor an exception can start a new line. */
  @Test
  void anEventIsOneLine() {
    String line = new LineLayout().doLayout(event("first\nsecond", new IOException("no\nway")));
    assertThat(line.strip().lines()).hasSize(1);
    assertThat(line).contains("first | second").contains("java.io.IOException: no | way | at ");
    String json = new JsonLayout().doLayout(event("first\nsecond", new IOException("no\nway")));
    assertThat(json.strip().lines()).hasSize(1);
  }

  @Test
  void aLineHasNoEffectOnATerminal() throws IOException {
    String active = "\u001b[2J\u009b31m\u202e\u2028\u0007";
    for (String text : List.of("message " + active, "message")) {
      LoggingEvent event = event(text, new IOException(active), new KeyValuePair("value", active));
      for (String line :
          List.of(new LineLayout().doLayout(event), new JsonLayout().doLayout(event))) {
        assertThat(line.strip().chars())
            .noneMatch(c -> Character.isISOControl(c) || c == '\u202e' || c == '\u2028');
        assertThat(line).containsIgnoringCase("\\u001b[2J\\u009b31m\\u202e");
      }
      assertThat(
              new ObjectMapper().readTree(new JsonLayout().doLayout(event)).path("value").asText())
          .isEqualTo(active);
    }
  }

  @Test
  void aLineIsBounded() {
    LoggingEvent event =
        event("m".repeat(100_000), null, new KeyValuePair("value", "v".repeat(100_000)));
    assertThat(new LineLayout().doLayout(event)).hasSizeLessThan(10_000);
    assertThat(new JsonLayout().doLayout(event)).hasSizeLessThan(10_000);
  }

  @Test
  void jsonKeepsNumbersAsNumbers() throws IOException {
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
