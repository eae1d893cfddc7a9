package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.Bitcoind;
import teos.testkit.TowerUser;

/** Who is let in, how many, and how often they may ask. */
class LimitsTest {

  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Bitcoind.start();
    bitcoind.mine(10);
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  @AfterEach
  void close() {
    http.close();
  }

  private RunningTower tower(Map<String, String> settings) throws Exception {
    return RunningTower.start(bitcoind, dataDir, settings);
  }

  private static PublicKey newKey() {
    return SecretKey.generate(new SecureRandom()).publicKey();
  }

  /** As a proxy on this machine asks for somebody. */
  private HttpResponse<String> post(RunningTower tower, String from, String path, String body)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(tower.api() + path))
            .header("X-Forwarded-For", from)
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> register(RunningTower tower, String from, String field)
      throws Exception {
    return post(tower, from, "/register", "{\"" + field + "\": \"" + newKey() + "\"}");
  }

  private static JsonNode json(HttpResponse<String> response) throws Exception {
    return new ObjectMapper().readTree(response.body());
  }

  @Test
  void anAddressRegistersSoOftenAnHour() throws Exception {
    Map<String, String> settings =
        Map.of("limit_registrations", "3", "api_proxies", "127.0.0.1");
    try (RunningTower tower = tower(settings)) {
      for (int i = 0; i < 3; i++) {
        assertThat(register(tower, "192.0.2.1", "user_id").statusCode()).isEqualTo(200);
      }
      HttpResponse<String> refused = register(tower, "192.0.2.1", "user_id");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
          .isBetween(1L, 1_200L);
      assertThat(json(refused).path("error").asText())
          .startsWith("Too many registrations from your address, come again in ");
      assertThat(json(refused).path("error_code").asInt()).isEqualTo(65);
      assertThat(register(tower, "192.0.2.2", "public_key").statusCode()).isEqualTo(200);
      for (int i = 0; i < 20; i++) {
        assertThat(register(tower, "127.0.0.1", "user_id").statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void anAddressAsksSoOftenASecond() throws Exception {
    Map<String, String> settings = Map.of("limit_requests", "1", "api_proxies", "127.0.0.1");
    try (RunningTower tower = tower(settings)) {
      int refused = 0;
      for (int i = 0; i < 50; i++) {
        HttpResponse<String> response = post(tower, "192.0.2.1", "/get_appointment", "{}");
        refused += response.statusCode() == 429 ? 1 : 0;
      }
      assertThat(refused).isPositive();
      assertThat(register(tower, "192.0.2.2", "user_id").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aUserAsksSoOftenASecond() throws Exception {
    try (RunningTower tower = tower(Map.of("limit_user_requests", "1"))) {
      for (Dialect dialect : Dialect.values()) {
        TowerUser user = tower.registered(dialect);
        TowerUser.Reply reply = user.subscription();
        for (int i = 0; i < 100 && reply.status() == 200; i++) {
          reply = user.subscription();
        }
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.json().path("error").asText()).startsWith("Too many requests of yours");
        assertThat(reply.json().has("error_code")).isEqualTo(dialect == Dialect.V2);
        assertThat(tower.registered(dialect).subscription().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void strangersCannotUseUpAUsersRegistrations() throws Exception {
    try (RunningTower tower = tower(Map.of("limit_user_registrations", "2"))) {
      TowerUser user = tower.user(Dialect.V2);
      for (int i = 0; i < 5; i++) {
        assertThat(user.register().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aRegistrationThatTheTowerRefusesIsNotCounted() throws Exception {
    Map<String, String> settings =
        Map.of(
            "registration", "invitation",
            "limit_registrations", "1",
            "api_proxies", "127.0.0.1");
    try (RunningTower tower = tower(settings)) {
      PublicKey user = newKey();
      String body = "{\"user_id\": \"" + user + "\"}";
      for (int i = 0; i < 3; i++) {
        assertThat(post(tower, "192.0.2.1", "/register", body).statusCode()).isEqualTo(403);
      }
      tower.daemon().internalApi().admission().invite(user);
      assertThat(post(tower, "192.0.2.1", "/register", body).statusCode()).isEqualTo(200);
      assertThat(post(tower, "192.0.2.1", "/register", body).statusCode()).isEqualTo(429);
      assertThat(post(tower, "192.0.2.2", "/register", body).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aFullDiskTakesNoNewUsersAndKeepsThoseItHas() throws Exception {
    TowerUser user;
    SecretKey key;
    try (RunningTower tower = tower(Map.of())) {
      key = SecretKey.generate(new SecureRandom());
      user = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(user.register().status()).isEqualTo(200);
    }
    try (RunningTower tower = tower(Map.of("min_free_disk", "4294967295"))) {
      TowerUser again = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(again.register().status()).isEqualTo(200);
      assertThat(again.send(again.appointment(Txid.fromDisplayHex("ab".repeat(32)), new byte[100]))
              .status())
          .isEqualTo(200);
      TowerUser.Reply refused = tower.user(Dialect.V2).register();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().path("error").asText())
          .isEqualTo("This tower has little space left, and takes no new users");
    }
  }

  @Test
  void aTowerThatHasGrantedAllItsSlotsTakesNoNewUsers() throws Exception {
    try (RunningTower tower = tower(Map.of("max_appointments", "1"))) {
      TowerUser user = tower.registered(Dialect.V1);
      user.sendForReceipt(user.appointment(Txid.fromDisplayHex("ab".repeat(32)), new byte[100]));
      assertThat(user.register().status()).isEqualTo(200);
      TowerUser.Reply refused = tower.user(Dialect.V1).register();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().path("error").asText())
          .isEqualTo("This tower has granted all its slots, and takes no new users");
    }
  }

  @Test
  void aListedUserRegistersAndNobodyElse() throws Exception {
    SecretKey key = SecretKey.generate(new SecureRandom());
    Map<String, String> settings =
        Map.of(
            "registration", "list",
            "registration_keys", newKey() + ", " + key.publicKey());
    try (RunningTower tower = tower(settings)) {
      assertThat(new TowerUser(tower.api(), Dialect.V1, key).register().status()).isEqualTo(200);
      TowerUser.Reply refused = tower.user(Dialect.V2).register();
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.json().path("error").asText())
          .isEqualTo("This tower is for the users that its operator has listed");
      assertThat(refused.json().path("error_code").asInt()).isEqualTo(7);
    }
  }

  @Test
  void anInvitedUserRegistersAndRenewsUntilTheInvitationIsWithdrawn() throws Exception {
    SecretKey key = SecretKey.generate(new SecureRandom());
    Map<String, String> settings = Map.of("registration", "invitation");
    try (RunningTower tower = tower(settings)) {
      TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(user.register().status()).isEqualTo(403);
      tower.daemon().internalApi().admission().invite(key.publicKey());
    }
    try (RunningTower tower = tower(settings)) {
      TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(user.register().status()).isEqualTo(200);
      assertThat(user.register().status()).isEqualTo(200);
      assertThat(tower.daemon().internalApi().admission().withdraw(key.publicKey())).isTrue();
      assertThat(user.register().status()).isEqualTo(403);
      assertThat(user.subscription().status()).as("served still").isEqualTo(200);
    }
  }

  @Test
  void aKeyThatIsNoneIsToldOf() {
    assertThatThrownBy(
            () -> tower(Map.of("registration", "list", "registration_keys", "02ab")))
        .hasStackTraceContaining("registration_keys: \"02ab\" is no key");
    assertThatThrownBy(() -> tower(Map.of("registration_keys", newKey().toString())))
        .hasStackTraceContaining(
            "registration_keys are given, and registration is open: expected registration = list");
    assertThatThrownBy(() -> tower(Map.of("api_proxies", "127.0.0.1/33")))
        .hasStackTraceContaining("api_proxies: ");
  }
}
