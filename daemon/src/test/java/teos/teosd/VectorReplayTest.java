package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/**
 * Replays exchanges recorded from both reference towers against one tower that serves both
 * dialects. Status, error code and every field of each answer must be equal, except the text of
 * errors and the signatures, of which the signed bytes and the signer are checked.
 *
 * <p>{@link #DEVIATIONS} lists all exchanges in which our answer differs.
 */
@Tag("bitcoind")
class VectorReplayTest {

  /** Our answer where we deliberately differ from the reference. The same table is in docs/. */
  private record Deviation(int status, @Nullable Integer code) {}

  private static final Map<String, Deviation> DEVIATIONS =
      Map.ofEntries(
          // python-teos answers 500 or HTML, or accepts an invalid key
          Map.entry("V1 no body", new Deviation(400, -65)),
          Map.entry("V1 broken json", new Deviation(400, -65)),
          Map.entry("V1 register: number", new Deviation(400, -34)),
          Map.entry("V1 register: not on the curve", new Deviation(400, -34)),
          Map.entry("V1 signature number", new Deviation(400, -2)),
          Map.entry("V1 blob odd hex", new Deviation(400, -4)),
          Map.entry("V1 delay above u32", new Deviation(400, -6)),
          // rust-teos limits bodies to 87 to 2,048 bytes
          Map.entry("V2 update with a larger blob", new Deviation(200, null)),
          Map.entry("V2 register: uncompressed", new Deviation(400, 4)),
          Map.entry("V2 body of 1 MB", new Deviation(400, 3)),
          // an update to an earlier version looks like a replay: nothing is stored
          Map.entry("V1 update back", new Deviation(200, null)),
          Map.entry("V1 get", new Deviation(200, null)),
          Map.entry("V1 subscription info", new Deviation(200, null)),
          Map.entry("V1 locator upper case", new Deviation(200, null)),
          Map.entry("V2 update back", new Deviation(200, null)),
          Map.entry("V2 get", new Deviation(200, null)),
          Map.entry("V2 subscription info", new Deviation(200, null)),
          Map.entry("V2 locator upper case", new Deviation(200, null)),
          // rust-teos answers 405 for an unknown path
          Map.entry("V2 unknown path", new Deviation(404, null)));

  private static final Set<String> SIGNATURES = Set.of("signature", "subscription_signature");

  @TestBitcoind(blocks = 0)
  private static Bitcoind bitcoind;

  @BeforeAll
  static void startBitcoind() throws Exception {
    bitcoind.mine(120 - bitcoind.height());
  }

  @TempDir static Path dataDir;

  @TestFactory
  Stream<DynamicContainer> bothReferences() {
    // Same data folder: the tower of the second replay has already served the first dialect.
    return Stream.of(
        replay("python-teos-v1", Dialect.V1, 100), replay("rust-teos-v2", Dialect.V2, 10_000));
  }

  private DynamicContainer replay(String name, Dialect dialect, int slots) {
    JsonNode vectors = load(name);
    RunningTower[] tower = new RunningTower[1];
    DynamicTest start =
        DynamicTest.dynamicTest(
            "start",
            () -> {
              tower[0] =
                  RunningTower.start(
                      bitcoind,
                      dataDir,
                      Map.of(
                          "default_dialect",
                          dialect.name().toLowerCase(java.util.Locale.ROOT),
                          "subscription_slots",
                          Integer.toString(slots)));
              // The tower has users of both dialects.
              tower[0].registered(Dialect.V1);
              tower[0].registered(Dialect.V2);
            });
    Stream<DynamicTest> exchanges =
        StreamSupport.stream(vectors.path("exchanges").spliterator(), false)
            .map(
                exchange ->
                    DynamicTest.dynamicTest(
                        exchange.path("name").asText(),
                        () -> check(tower[0], vectors, dialect, exchange)));
    DynamicTest stop = DynamicTest.dynamicTest("stop", () -> assertThat(tower[0].stop()).isZero());
    return DynamicContainer.dynamicContainer(
        name, Stream.concat(Stream.concat(Stream.of(start), exchanges), Stream.of(stop)));
  }

  private static JsonNode load(String name) {
    try (InputStream in =
        VectorReplayTest.class.getResourceAsStream("/vectors/" + name + ".json")) {
      return new ObjectMapper().readTree(in);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void check(
      RunningTower tower, JsonNode vectors, Dialect dialect, JsonNode exchange) throws Exception {
    JsonNode request = exchange.path("request");
    // A single field "text" holds a body that is not JSON.
    String body = request.has("text") ? request.path("text").asText() : request.toString();
    TowerUser anyone = new TowerUser(tower.api(), dialect, SecretKey.generate(new SecureRandom()));

    TowerUser.Reply reply = anyone.post(exchange.path("path").asText(), body);

    Deviation deviation = DEVIATIONS.get(dialect + " " + exchange.path("name").asText());
    if (deviation != null) {
      assertThat(reply.status()).as(reply.text()).isEqualTo(deviation.status());
      if (deviation.code() != null) {
        assertThat(reply.json().path("error_code").asInt()).isEqualTo(deviation.code());
        assertThat(reply.json().path("error").asText()).isNotEmpty();
      }
      return;
    }
    assertThat(reply.status()).as(reply.text()).isEqualTo(exchange.path("status").asInt());
    JsonNode expected = exchange.path("answer");
    if (expected.has("text")) {
      return; // the reference server's own error page
    }
    JsonNode answer = reply.json();
    for (Entry<String, JsonNode> field : expected.properties()) {
      if (field.getKey().equals("error")) {
        assertThat(answer.path("error").asText()).isNotEmpty();
      } else if (SIGNATURES.contains(field.getKey())) {
        checkSignature(tower, vectors, dialect, request, expected, answer);
      } else {
        assertThat(answer.get(field.getKey())).as(field.getKey()).isEqualTo(field.getValue());
      }
    }
  }

  /**
   * Checks that both towers signed the same bytes: the key recovered from the recorded signature is
   * the same throughout the file, and the one recovered from ours is our tower's id.
   */
  private static void checkSignature(
      RunningTower tower,
      JsonNode vectors,
      Dialect dialect,
      JsonNode request,
      JsonNode expected,
      JsonNode answer)
      throws Exception {
    byte[] signed;
    String field;
    if (expected.has("subscription_signature")) {
      field = "subscription_signature";
      signed =
          new RegistrationReceipt(
                  PublicKey.fromHex(expected.path("user_id").asText()),
                  expected.path("available_slots").asLong(),
                  expected.path("subscription_start").asLong(),
                  expected.path("subscription_expiry").asLong())
              .signedBytes(dialect);
    } else {
      field = "signature";
      signed =
          new AppointmentReceipt(
                  request.path("signature").asText(), expected.path("start_block").asLong())
              .signedBytes(dialect);
    }
    assertThat(MessageSignature.recover(signed, answer.path(field).asText())).isEqualTo(tower.id());
    assertThat(MessageSignature.recover(signed, expected.path(field).asText()))
        .isEqualTo(referenceTower(vectors, dialect));
  }

  private static PublicKey referenceTower(JsonNode vectors, Dialect dialect) throws Exception {
    JsonNode registered = MissingNode.getInstance();
    for (JsonNode exchange : vectors.path("exchanges")) {
      if (exchange.path("name").asText().equals("register")) {
        registered = exchange.path("answer");
      }
    }
    assertThat(registered.isObject()).isTrue();
    byte[] signed =
        new RegistrationReceipt(
                PublicKey.of(HexFormat.of().parseHex(vectors.path("user_public_key").asText())),
                registered.path("available_slots").asLong(),
                registered.path("subscription_start").asLong(),
                registered.path("subscription_expiry").asLong())
            .signedBytes(dialect);
    return MessageSignature.recover(signed, registered.path("subscription_signature").asText());
  }
}
