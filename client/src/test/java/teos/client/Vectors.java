package teos.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.NoSuchElementException;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.Registration;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/** Recorded exchanges with a reference tower. */
record Vectors(Dialect dialect, JsonNode json) {

  static Vectors of(Dialect dialect) {
    String name =
        switch (dialect) {
          case V1 -> "python-teos-v1";
          case V2 -> "rust-teos-v2";
        };
    try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + name + ".json")) {
      return new Vectors(dialect, new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SecretKey user() {
    return new SecretKey(HexFormat.of().parseHex(json.path("user_secret_key").asText()));
  }

  Txid dispute() {
    return Txid.fromDisplayHex(json.path("dispute_txid_display").asText());
  }

  byte[] penalty() {
    return HexFormat.of().parseHex(json.path("penalty_rawtx").asText());
  }

  JsonNode exchange(String name) {
    for (JsonNode exchange : json.path("exchanges")) {
      if (exchange.path("name").asText().equals(name)) {
        return exchange;
      }
    }
    throw new NoSuchElementException(name);
  }

  /** Returns the key that signed the recorded registration. */
  PublicKey tower() throws Exception {
    JsonNode answer = exchange("register").path("answer");
    Registration registration =
        Registration.readFrom(new JsonFields(JsonText.parse(answer.toString())), dialect);
    PublicKey user = user().publicKey();
    return registration.signer(new ReceiptParties(user, user, dialect)).orElseThrow();
  }

  /** Answers a request with the recorded response to the same request. */
  StubServer.Reply answer(String path, JsonNode request) {
    for (JsonNode exchange : json.path("exchanges")) {
      if (!exchange.path("name").asText().equals("add before registering")
          && exchange.path("path").asText().equals(path)
          && exchange.path("request").equals(request)) {
        return reply(exchange);
      }
    }
    if (path.equals("/register") && dialect == Dialect.V1 && request.has("user_id")) {
      return reply(exchange("register: empty object")); // v1 does not know this field
    }
    return new StubServer.Reply(599, "not recorded: " + path + " " + request, Map.of());
  }

  StubServer.Reply reply(JsonNode exchange) {
    JsonNode answer = exchange.path("answer");
    return new StubServer.Reply(
        exchange.path("status").asInt(),
        answer.has("text") ? answer.path("text").asText() : answer.toString(),
        Map.of());
  }
}
