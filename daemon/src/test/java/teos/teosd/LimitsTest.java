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
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.Bitcoind;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** Registration policy, capacity and rate limits. */
@Tag("bitcoind")
class LimitsTest {

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private final HttpClient http = HttpClient.newHttpClient();

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

  /** Sends a request as a proxy on this machine does for a client at address {@code from}. */
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
  void unknownUser_isAnsweredInDialectOfItsClient() throws Exception {
    try (RunningTower tower = tower(Map.of())) {
      assertThat(replyToUnknownUser(tower, 20)).isEqualTo("400 -8");
      assertThat(replyToUnknownUser(tower, 42)).isEqualTo("401 7");
      assertThat(replyToUnknownUser(tower, 144)).as("by default").isEqualTo("401 7");
    }
  }

  private static String replyToUnknownUser(RunningTower tower, long toSelfDelay) throws Exception {
    TowerUser unknown =
        new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    Appointment appointment =
        new Appointment(new Locator(new byte[Locator.LENGTH]), new byte[300], toSelfDelay);
    TowerUser.Reply reply = unknown.send(appointment);
    return reply.status() + " " + reply.json().path("error_code").asInt();
  }

  @Test
  void register_overHourlyLimitOfAddress_isRefused() throws Exception {
    Map<String, String> settings = Map.of("limit_registrations", "3", "api_proxies", "127.0.0.1");
    try (RunningTower tower = tower(settings)) {
      for (int i = 0; i < 3; i++) {
        assertThat(register(tower, "192.0.2.1", "user_id").statusCode()).isEqualTo(200);
      }
      HttpResponse<String> refused = register(tower, "192.0.2.1", "user_id");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
          .isBetween(1L, 1_200L);
      assertThat(json(refused).path("error").asText())
          .startsWith("Too many registrations from your address; retry after ");
      assertThat(json(refused).path("error_code").asInt()).isEqualTo(32);
      assertThat(register(tower, "192.0.2.2", "public_key").statusCode()).isEqualTo(200);
      for (int i = 0; i < 20; i++) {
        assertThat(register(tower, "127.0.0.1", "user_id").statusCode()).isEqualTo(200);
      }
    }
  }

  /** Allows a burst of ten requests; each further one is answered after a delay of one second. */
  @Test
  void addressOverRequestLimit_isDelayed() throws Exception {
    Map<String, String> settings = Map.of("limit_requests", "1", "api_proxies", "127.0.0.1");
    try (RunningTower tower = tower(settings)) {
      long start = System.nanoTime();
      for (int i = 0; i < 13; i++) {
        assertThat(post(tower, "192.0.2.1", "/get_appointment", "{}").statusCode()).isEqualTo(400);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
      assertThat(register(tower, "192.0.2.2", "user_id").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void userOverRequestLimit_isDelayed() throws Exception {
    try (RunningTower tower = tower(Map.of("limit_user_requests", "1"))) {
      for (Dialect dialect : Dialect.values()) {
        TowerUser user = tower.registered(dialect);
        long start = System.nanoTime();
        for (int i = 0; i < 13; i++) {
          user.sendForReceipt(
              user.appointment(Txid.fromDisplayHex("%064x".formatted(i)), new byte[100]));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
        assertThat(tower.registered(dialect).subscription().status()).isEqualTo(200);
      }
    }
  }

  /**
   * The refusal is one that clients retry: rust-teos's client after code 7, python-teos's after
   * 503.
   */
  @Test
  void requestThatWouldWaitTooLong_isRefusedForNow() throws Exception {
    try (RunningTower tower = tower(Map.of("limit_user_requests", "1"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Dialect, List<Future<TowerUser.Reply>>> all = new EnumMap<>(Dialect.class);
      for (Dialect dialect : Dialect.values()) {
        TowerUser user = tower.registered(dialect);
        List<Future<TowerUser.Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 60; i++) { // 10 immediately, 20 within 20 s
          Appointment appointment =
              user.appointment(Txid.fromDisplayHex("%064x".formatted(i)), new byte[100]);
          replies.add(threads.submit(() -> user.send(appointment)));
        }
        all.put(dialect, replies);
      }
      for (List<Future<TowerUser.Reply>> replies : all.values()) {
        int refused = 0;
        for (Future<TowerUser.Reply> future : replies) {
          TowerUser.Reply reply = future.get();
          if (reply.status() != 200) {
            refused++;
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.json().path("error").asText())
                .startsWith("Too many requests; retry after ");
            assertThat(reply.json().path("error_code").asInt()).isEqualTo(7);
          }
        }
        assertThat(refused).isPositive();
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
  void refusedRegistration_doesNotCountTowardsLimit() throws Exception {
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
      tower.daemon().components().internalApi().admission().invite(user);
      assertThat(post(tower, "192.0.2.1", "/register", body).statusCode()).isEqualTo(200);
      assertThat(post(tower, "192.0.2.1", "/register", body).statusCode()).isEqualTo(503);
      assertThat(post(tower, "192.0.2.2", "/register", body).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void fullDisk_refusesNewUsersAndServesExistingOnes() throws Exception {
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
      assertThat(
              again
                  .send(again.appointment(Txid.fromDisplayHex("ab".repeat(32)), new byte[100]))
                  .status())
          .isEqualTo(200);
      TowerUser.Reply refused = tower.user(Dialect.V2).register();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().path("error").asText())
          .isEqualTo("This tower has little space left, and takes no new users");
    }
  }

  @Test
  void allSlotsGranted_refusesNewUsers() throws Exception {
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
  void listedUser_registersAndOthersAreRefused() throws Exception {
    SecretKey key = SecretKey.generate(new SecureRandom());
    Map<String, String> settings =
        Map.of("registration", "list", "registration_keys", newKey() + ", " + key.publicKey());
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
  void invitedUser_registersAndRenewsUntilInvitationIsWithdrawn() throws Exception {
    SecretKey key = SecretKey.generate(new SecureRandom());
    Map<String, String> settings = Map.of("registration", "invitation");
    try (RunningTower tower = tower(settings)) {
      TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(user.register().status()).isEqualTo(403);
      tower.daemon().components().internalApi().admission().invite(key.publicKey());
    }
    try (RunningTower tower = tower(settings)) {
      TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(user.register().status()).isEqualTo(200);
      assertThat(user.register().status()).isEqualTo(200);
      assertThat(tower.daemon().components().internalApi().admission().withdraw(key.publicKey()))
          .isTrue();
      assertThat(user.register().status()).isEqualTo(403);
      assertThat(user.subscription().status()).as("still served").isEqualTo(200);
    }
  }

  @Test
  void invalidRegistrationSettings_failStartup() {
    assertThatThrownBy(() -> tower(Map.of("registration", "list", "registration_keys", "02ab")))
        .hasStackTraceContaining("registration_keys (")
        .hasStackTraceContaining("\"02ab\" is not a key");
    assertThatThrownBy(() -> tower(Map.of("registration_keys", newKey().toString())))
        .hasStackTraceContaining("registration_keys (")
        .hasStackTraceContaining("set, but registration is open; expected registration = list");
    assertThatThrownBy(() -> tower(Map.of("api_proxies", "127.0.0.1/33")))
        .hasStackTraceContaining("api_proxies: ");
  }
}
