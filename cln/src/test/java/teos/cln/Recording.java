package teos.cln;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** What lightningd 26.06 and rust-teos's plugin wrote to each other. */
final class Recording {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JsonNode json;

  private Recording(JsonNode json) {
    this.json = json;
  }

  static Recording load() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            Recording.class.getResourceAsStream("/vectors/cln-watchtower-plugin.json"))) {
      return new Recording(MAPPER.readTree(in));
    }
  }

  /** Returns the messages of the exchange with this name. */
  List<JsonNode> messages(String exchange) {
    return StreamSupport.stream(json.path("exchanges").spliterator(), false)
        .filter(found -> found.path("name").asText().equals(exchange))
        .findFirst()
        .map(
            found ->
                (List<JsonNode>) new ArrayList<>(found.path("messages").valueStream().toList()))
        .orElseThrow(() -> new AssertionError("no exchange " + exchange));
  }

  /** Returns the requests of an exchange, as they were written. */
  List<String> requests(String exchange) {
    return messages(exchange).stream()
        .filter(message -> message.path("from").asText().equals("lightningd"))
        .map(
            message ->
                message.has("raw") && !message.path("raw").asText().endsWith("…")
                    ? message.path("raw").asText()
                    : message.path("json").toString())
        .toList();
  }

  /** Returns rust-teos's answer to the request with this id. */
  JsonNode answer(String exchange, String id) {
    return messages(exchange).stream()
        .map(message -> message.path("json"))
        .filter(message -> message.path("id").asText().equals(id) && !message.has("method"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no answer to " + id));
  }

  /** Returns the parameters of all recorded hook calls. */
  List<JsonNode> revocations() {
    return StreamSupport.stream(json.path("exchanges").spliterator(), false)
        .flatMap(exchange -> exchange.path("messages").valueStream())
        .map(message -> message.path("json"))
        .filter(message -> message.path("method").asText().equals("commitment_revocation"))
        .map(message -> message.path("params"))
        .toList();
  }
}
