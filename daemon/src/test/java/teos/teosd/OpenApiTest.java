package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/**
 * Checks the public API against its OpenAPI description: schemathesis sends valid and invalid
 * requests, and every response must conform. The description's examples are signed by a key that is
 * registered here, so that they succeed.
 */
@Tag("bitcoind")
class OpenApiTest {

  private static final String EXAMPLES = System.getProperty("teos.openapi.examples", "50");

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;
  @TempDir Path folder;

  private RunningTower tower(Dialect dialect) throws Exception {
    return RunningTower.start(
        bitcoind,
        dataDir,
        Map.of(
            "default_dialect", dialect.name().toLowerCase(Locale.ROOT),
            "limit_user_requests", "0",
            "limit_user_registrations", "0"));
  }

  private static SecretKey exampleKey() {
    byte[] bytes = new byte[SecretKey.LENGTH];
    Arrays.fill(bytes, (byte) 0x42);
    return new SecretKey(bytes);
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void responsesConformToDescription(Dialect dialect) throws Exception {
    Path python = Path.of(PythonClient.interpreter("interop/openapi"));
    try (RunningTower tower = tower(dialect)) {
      assertThat(new TowerUser(tower.api(), dialect, exampleKey()).register().status())
          .isEqualTo(200);
      String output =
          PythonClient.exitCodeAndOutput(
              folder,
              List.of(
                  python.toString(),
                  "-m",
                  "schemathesis.cli",
                  "run",
                  tower.api() + "/openapi.yaml",
                  "--checks",
                  "not_a_server_error,status_code_conformance,content_type_conformance,"
                      + "response_headers_conformance,response_schema_conformance,"
                      + "negative_data_rejection,unsupported_method,allow_header_conformance",
                  "--max-examples",
                  EXAMPLES,
                  "--no-color"));
      assertThat(output).startsWith("0\n").contains("6 passed").doesNotContain("❌");
    }
  }

  /** The description says so, and it must not depend on the tower's default dialect. */
  @ParameterizedTest
  @EnumSource(Dialect.class)
  void register_withUserIdAndPublicKey_usesUserId(Dialect dialect) throws Exception {
    SecretKey other = SecretKey.generate(new SecureRandom());
    try (RunningTower tower = tower(dialect)) {
      TowerUser user = new TowerUser(tower.api(), dialect, exampleKey());
      String both = "{\"public_key\":\"%s\",\"user_id\":%s}";
      TowerUser.Reply reply =
          user.post(
              "/register",
              both.formatted(other.publicKey().toHex(), '"' + user.id().toHex() + '"'));
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().path("user_id").asText()).isEqualTo(user.id().toHex());

      reply = user.post("/register", both.formatted(other.publicKey().toHex(), "{}"));
      assertThat(reply.status()).as(reply.text()).isEqualTo(400);
    }
  }

  @Test
  void descriptionIsServed() throws Exception {
    try (RunningTower tower = tower(Dialect.V2);
        HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(URI.create(tower.api() + "/openapi.yaml")).build(),
              BodyHandlers.ofString());
      assertThat(response.headers().firstValue("Content-Type")).hasValue("application/yaml");
      assertThat(response.body()).startsWith("openapi: 3.1.0").contains("/add_appointment:");
    }
  }
}
