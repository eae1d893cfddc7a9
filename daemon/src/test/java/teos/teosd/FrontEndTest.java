package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.common.KeyFile;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.teosd.process.ExitCode;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.PostgresServer;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;
import teos.testkit.junit.TestPostgres;

/** A front end and the watching tower: two processes on one database. */
@Tag("bitcoind")
@Tag("postgres")
class FrontEndTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;
  @TestPostgres private static PostgresServer server;
  private static Member tower;
  private static Member frontEnd;

  @TempDir static Path folder;

  @BeforeAll
  static void start() throws Exception {
    String url = server.url("teos");
    tower = Member.tower(bitcoind, folder.resolve("tower"), url).start();
    tower.process().awaitReady();
    frontEnd = Member.frontEnd(folder.resolve("api"), url).withKeyOf(tower).start();
    frontEnd.process().awaitReady();
  }

  @AfterAll
  static void stop() throws Exception {
    frontEnd.close();
    tower.close();
  }

  private static TowerUser user(URI api) throws Exception {
    TowerUser user = new TowerUser(api, Dialect.V2, SecretKey.generate(new SecureRandom()));
    assertThat(user.register().status()).isEqualTo(200);
    return user;
  }

  private static void send(TowerUser user, LightningChannel channel) throws Exception {
    assertThat(
            user.sendForReceipt(
                    user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)))
                .signedBy())
        .isEqualTo(new KeyFile(tower.key(), "the tower's key").load().publicKey());
  }

  private static String raw(LightningChannel channel) {
    return HexFormat.of().formatHex(channel.commitment());
  }

  private static void awaitPenalty(LightningChannel channel) throws Exception {
    String penalty = channel.penaltyTxid(FEE_RATE).toString();
    Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().contains(penalty));
  }

  private static void awaitProcessed() throws Exception {
    int tip = bitcoind.height();
    Eventually.holds(
        "block " + tip + " processed",
        () ->
            server
                .query("teos", "SELECT MAX(height) FROM known_blocks")
                .equals(Integer.toString(tip)));
  }

  private static HttpResponse<String> get(String path) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(frontEnd.site().resolve(path)).build(), BodyHandlers.ofString());
    }
  }

  @Test
  void dashboardShowsTheSharedState() throws Exception {
    user(frontEnd.api());
    Eventually.holds("ready", () -> get("/health/ready").statusCode() == 200);
    assertThat(get("/metrics").body())
        .contains("teos_ready 1.0", "teos_bitcoind_up 1.0", "teos_database_bytes")
        .contains("teos_request_seconds_count{path=\"/register\",status=\"200\"}")
        .doesNotContain("teos_blocks_behind", "teos_zmq_up", "NaN");
    assertThat(get("/api/tower").body()).contains("\"ready\":true").doesNotContain("\"chain\"");
    assertThat(get("/").body()).contains("The Eye of Satoshi");
  }

  @Test
  void breachOfAForwardedAppointmentIsAnswered() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user = user(frontEnd.api());
    send(user, channel);
    bitcoind.mineBlockWith(List.of(raw(channel)));
    awaitPenalty(channel);
    String locator = Dialect.V2.locator(channel.commitmentTxid()).toHex();
    Eventually.holds(
        "status at the front end",
        () ->
            user.get(Dialect.V2.locator(channel.commitmentTxid()))
                .json()
                .path("status")
                .asText()
                .equals("dispute_responded"));
    assertThat(user.subscription().json().path("locators").toString()).contains(locator);
  }

  /** The tower has processed the dispute's block before the front end accepts the appointment. */
  @Test
  void appointmentAfterTheBlockOfItsDisputeIsAnswered() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user = user(frontEnd.api());
    bitcoind.mineBlockWith(List.of(raw(channel)));
    bitcoind.mine(2);
    awaitProcessed();
    send(user, channel);
    awaitPenalty(channel);
  }

  @Test
  void appointmentAfterItsDisputeInTheMempoolIsAnswered() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    LightningChannel marker = LightningChannel.open(bitcoind);
    TowerUser user = user(frontEnd.api());
    send(user, marker);
    bitcoind.rpc("sendrawtransaction", raw(channel));
    bitcoind.rpc("sendrawtransaction", raw(marker));
    awaitPenalty(marker); // so the dispute before it has been looked up as well
    send(user, channel);
    awaitPenalty(channel);
  }

  @Test
  void usersMaySwitchBetweenFrontEndAndTower() throws Exception {
    SecretKey key = SecretKey.generate(new SecureRandom());
    TowerUser viaFrontEnd = new TowerUser(frontEnd.api(), Dialect.V2, key);
    TowerUser viaTower = new TowerUser(tower.api(), Dialect.V2, key);
    assertThat(viaFrontEnd.register().json().path("available_slots").asInt()).isEqualTo(10_000);
    assertThat(viaTower.register().json().path("available_slots").asInt()).isEqualTo(20_000);
    LightningChannel channel = LightningChannel.open(bitcoind);
    send(viaFrontEnd, channel);
    // The tower may not have polled it yet, but must treat it as an update of the same appointment.
    viaTower.sendForReceipt(
        viaTower.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE + 1)));
    assertThat(viaFrontEnd.subscription().json().path("available_slots").asInt()).isEqualTo(19_999);
    bitcoind.mineBlockWith(List.of(raw(channel)));
    String penalty = channel.penaltyTxid(FEE_RATE + 1).toString();
    Eventually.holds("the later penalty", () -> bitcoind.mempool().contains(penalty));
  }

  /**
   * The tower broadcasts the penalty of the update if it was accepted, else that of the original.
   */
  @Test
  void updatesThatRaceTheirDisputesAreAnsweredOrRefused() throws Exception {
    List<LightningChannel> channels = LightningChannel.openMany(bitcoind, 40);
    TowerUser user = user(frontEnd.api());
    for (LightningChannel channel : channels) {
      send(user, channel);
    }
    Map<LightningChannel, Future<TowerUser.Reply>> updates = new LinkedHashMap<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < channels.size(); i++) {
        LightningChannel channel = channels.get(i);
        int delay = i * 3;
        updates.put(
            channel,
            executor.submit(
                () -> {
                  Thread.sleep(delay);
                  return user.send(
                      user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE + 1)));
                }));
      }
      bitcoind.mineBlockWith(channels.stream().map(FrontEndTest::raw).toList());
    }
    for (LightningChannel channel : channels) {
      TowerUser.Reply reply = Objects.requireNonNull(updates.get(channel)).get();
      int feeRate = reply.status() == 200 ? FEE_RATE + 1 : FEE_RATE;
      String penalty = channel.penaltyTxid(feeRate).toString();
      Eventually.holds(reply.toString(), () -> bitcoind.mempool().contains(penalty));
    }
  }

  @Test
  void frontEnd_withoutTheTowersKeyOrDatabase_doesNotStart() throws Exception {
    String url = server.url("teos");
    try (Member none = Member.frontEnd(folder.resolve("none"), url).start()) {
      assertThat(none.process().awaitExit()).isEqualTo(ExitCode.KEY.code());
      assertThat(none.process().output()).contains("a front end needs a copy of the tower's key");
    }
    Member other = Member.frontEnd(folder.resolve("other"), url);
    Files.createDirectories(other.key().getParent());
    new KeyFile(other.key(), "the tower's key").create(new SecureRandom());
    try (other) {
      other.start();
      assertThat(other.process().awaitExit()).isEqualTo(ExitCode.KEY.code());
      assertThat(other.process().output()).contains("the database belongs to the tower");
    }
    try (TowerProcess file =
        TowerProcess.start(
            FreePort.find(),
            List.of("api", "--btcnetwork=regtest", "--datadir=" + folder.resolve("file")))) {
      assertThat(file.awaitExit()).isEqualTo(ExitCode.CONFIGURATION.code());
      assertThat(file.output()).contains("teosd api needs the PostgreSQL database");
    }
  }

  @Test
  void frontEnd_stopsWhenTheTowersKeyIsReplaced() throws Exception {
    String url = server.url("replaced");
    try (Member first = Member.tower(bitcoind, folder.resolve("first"), url).start();
        Member api = Member.frontEnd(folder.resolve("second"), url)) {
      first.process().awaitReady();
      api.withKeyOf(first).start();
      api.process().awaitReady();
      first.stop();
      Map<String, String> flags = Map.of("database_url", url, "overwrite_key", "", "yes", "");
      try (TowerProcess again =
          TowerProcess.start(bitcoind, folder.resolve("first"), FreePort.find(), flags)) {
        again.awaitReady();
        assertThat(api.process().awaitExit()).isEqualTo(ExitCode.KEY.code());
        assertThat(api.process().output()).contains("the tower's key has been replaced");
      }
    }
  }
}
