package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.Transaction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** Breaches end to end: with bitcoind, HTTP, and commitments with BOLT 3's scripts. */
@Tag("bitcoind")
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class BreachTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private RunningTower tower(Map<String, String> settings) throws Exception {
    return RunningTower.start(bitcoind, dataDir, settings);
  }

  private RunningTower tower() throws Exception {
    return tower(Map.of());
  }

  private static Appointment appointment(TowerUser user, LightningChannel channel) {
    return user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static void breach(LightningChannel channel) {
    bitcoind.mineBlockWith(List.of(hex(channel.commitment())));
  }

  private static void awaitPenalty(LightningChannel channel) throws Exception {
    String penalty = channel.penaltyTxid(FEE_RATE).toString();
    Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().contains(penalty));
  }

  private static void awaitHeight(RunningTower tower) throws Exception {
    int height = bitcoind.height();
    Eventually.holds(
        "tower at height " + height,
        () -> tower.daemon().components().lastKnownBlock().height() == height);
  }

  private static JsonNode statusOf(TowerUser user, LightningChannel channel, Dialect dialect)
      throws Exception {
    return user.get(dialect.locator(channel.commitmentTxid())).json();
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void respondsAndTracksThePenaltyUntilItIsFinal(Dialect dialect) throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(dialect);
      TowerUser.Receipt receipt = user.sendForReceipt(appointment(user, channel));
      assertThat(receipt.signedBy()).isEqualTo(tower.id());
      assertThat(receipt.response().path("available_slots").asInt()).isEqualTo(9_999);
      assertThat(statusOf(user, channel, dialect).path("status").asText())
          .isEqualTo("being_watched");

      breach(channel);
      awaitPenalty(channel);

      JsonNode responded = statusOf(user, channel, dialect);
      assertThat(responded.path("status").asText()).isEqualTo("dispute_responded");
      JsonNode tracker = responded.path("appointment");
      assertThat(tracker.path("dispute_txid").asText())
          .isEqualTo(channel.commitmentTxid().toString());
      assertThat(tracker.path("penalty_txid").asText())
          .isEqualTo(channel.penaltyTxid(FEE_RATE).toString());
      assertThat(tracker.path("penalty_rawtx").asText()).isEqualTo(hex(channel.penalty(FEE_RATE)));

      TowerUser.Reply again = user.send(appointment(user, channel));
      assertThat(again.status()).isEqualTo(400);
      assertThat(again.json().path("error_code").asInt())
          .isEqualTo(dialect == Dialect.V1 ? -9 : 35);

      bitcoind.mine(1); // the first of 100 confirmations
      bitcoind.mine(98);
      awaitHeight(tower);
      assertThat(statusOf(user, channel, dialect).path("status").asText())
          .isEqualTo("dispute_responded");
      assertThat(user.subscription().json().path("available_slots").asInt()).isEqualTo(9_999);

      bitcoind.mine(1);
      awaitHeight(tower);
      assertThat(user.get(dialect.locator(channel.commitmentTxid())).status()).isEqualTo(404);
      assertThat(user.subscription().json().path("available_slots").asInt()).isEqualTo(10_000);
    }
  }

  @Test
  void respondsForEveryUserOfALocator() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower()) {
      List<TowerUser> users =
          List.of(
              tower.registered(Dialect.V1),
              tower.registered(Dialect.V2),
              tower.registered(Dialect.V2));
      for (TowerUser user : users) {
        user.sendForReceipt(appointment(user, channel));
      }
      breach(channel);
      awaitPenalty(channel);
      bitcoind.mine(1);
      awaitHeight(tower);
      assertThat(statusOf(users.get(0), channel, Dialect.V1).path("status").asText())
          .isEqualTo("dispute_responded");
      assertThat(statusOf(users.get(1), channel, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
      assertThat(statusOf(users.get(2), channel, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
    }
  }

  @Test
  void findsBreachByPollingWithoutAFeed() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower(Map.of("btc_feed_port", "0", "polling_delta", "1"))) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      breach(channel);
      awaitPenalty(channel);
    }
  }

  @Test
  void findsBreachByPollingWhenTheFeedIsUnreachable() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    String unused = Integer.toString(FreePort.find());
    try (RunningTower tower = tower(Map.of("btc_feed_port", unused, "polling_delta", "1"))) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      breach(channel);
      awaitPenalty(channel);
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void respondsAtOnceToABreachInTheLocatorCache(Dialect dialect) throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    breach(channel);
    bitcoind.mine(4);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(dialect);
      assertThat(user.sendForReceipt(appointment(user, channel)).signedBy()).isEqualTo(tower.id());
      // No waiting: the tower broadcasts the penalty before it sends the receipt.
      assertThat(bitcoind.mempool()).contains(channel.penaltyTxid(FEE_RATE).toString());
      bitcoind.mine(1);
      awaitHeight(tower);

      // The same appointment from another user: its penalty is already in the chain.
      TowerUser late = tower.registered(dialect);
      late.sendForReceipt(appointment(late, channel));
      assertThat(statusOf(late, channel, dialect).path("status").asText())
          .isEqualTo("dispute_responded");
      bitcoind.mine(99);
      awaitHeight(tower);
      assertThat(late.subscription().json().path("available_slots").asInt()).isEqualTo(10_000);
    }
  }

  @Test
  void ignoresABreachThatIsOlderThanTheLocatorCache() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    breach(channel);
    bitcoind.mine(6);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      assertThat(statusOf(user, channel, Dialect.V2).path("status").asText())
          .isEqualTo("being_watched");
      assertThat(bitcoind.mempool()).isEmpty();
    }
  }

  @Test
  void acceptsAndDeletesJunkAndChargesForIt() throws Exception {
    LightningChannel late = LightningChannel.open(bitcoind);
    LightningChannel early = LightningChannel.open(bitcoind);
    LightningChannel wronglySigned = LightningChannel.open(bitcoind);
    breach(late);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(Dialect.V2);
      Locator lateLocator = Dialect.V2.locator(late.commitmentTxid());
      user.sendForReceipt(new Appointment(lateLocator, new byte[100], 20));
      assertThat(user.get(lateLocator).status()).isEqualTo(404);

      // Correctly encrypted, but not a transaction.
      Locator earlyLocator = Dialect.V2.locator(early.commitmentTxid());
      user.sendForReceipt(
          new Appointment(
              earlyLocator,
              Blob.encrypt(
                  "no transaction".getBytes(StandardCharsets.UTF_8),
                  early.commitmentTxid(),
                  Dialect.V2),
              20));
      user.sendForReceipt(
          user.appointment(wronglySigned.commitmentTxid(), wronglySigned.wronglySignedPenalty()));
      breach(early);
      breach(wronglySigned);
      awaitHeight(tower);
      // A transaction that violates one node's policy may still be mined, so it is sent again.
      assertThat(statusOf(user, wronglySigned, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
      assertThat(user.get(earlyLocator).status()).isEqualTo(404);
      assertThat(user.subscription().json().path("available_slots").asInt()).isEqualTo(9_997);
    }
  }

  @Test
  void respondsWhenBitcoindIsBack() throws Exception {
    try (Bitcoind other = Bitcoind.start();
        RunningTower tower = startOn(other)) {
      LightningChannel channel = LightningChannel.open(other);
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      other.stop();
      // The tower accepts appointments without bitcoind.
      LightningChannel second = LightningChannel.open(bitcoind);
      user.sendForReceipt(appointment(user, second));
      other.restart();
      other.mineBlockWith(List.of(hex(channel.commitment())));
      String penalty = channel.penaltyTxid(FEE_RATE).toString();
      Eventually.holds("penalty in the mempool", () -> other.mempool().contains(penalty));
    }
  }

  private RunningTower startOn(Bitcoind node) throws Exception {
    node.mine(120);
    return RunningTower.start(node, dataDir, Map.of());
  }

  @Test
  void respondsAfterARestartDuringADispute() throws Exception {
    LightningChannel seen = LightningChannel.open(bitcoind);
    LightningChannel missed = LightningChannel.open(bitcoind);
    TowerUser user;
    SecretKey key = SecretKey.generate(new SecureRandom());
    try (RunningTower tower = tower()) {
      user = new TowerUser(tower.api(), Dialect.V2, key);
      user.register();
      user.sendForReceipt(appointment(user, seen));
      user.sendForReceipt(appointment(user, missed));
      breach(seen);
      awaitPenalty(seen);
      assertThat(tower.stop()).isZero();
    }
    // While the tower is off, one penalty confirms, and the other breach happens.
    bitcoind.mine(1);
    bitcoind.mineBlockWith(List.of(hex(missed.commitment())));
    bitcoind.mine(10);
    try (RunningTower tower = tower()) {
      awaitPenalty(missed);
      bitcoind.mine(89);
      awaitHeight(tower);
      TowerUser again = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(again.get(Dialect.V2.locator(seen.commitmentTxid())).status()).isEqualTo(404);
      assertThat(statusOf(again, missed, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
    }
  }

  @Test
  void keepsAPenaltyWhoseFeeIsTooLowForNow() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(user.appointment(channel.commitmentTxid(), channel.penalty(0)));
      breach(channel);
      awaitHeight(tower);
      assertThat(statusOf(user, channel, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
      // With a raised priority, bitcoind accepts it.
      Transaction penalty = Transaction.read(channel.penalty(0));
      bitcoind.rpc("prioritisetransaction", penalty.txid.toString(), 0, 10_000);
      bitcoind.mine(1);
      String txid = penalty.txid.toString();
      Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().contains(txid));
      bitcoind.mine(1);
    }
  }

  @Test
  void keepsAConflictingPenaltyUntilTheConflictIsGone() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      bitcoind.rpc("sendrawtransaction", hex(channel.commitment()));
      bitcoind.rpc("sendrawtransaction", hex(channel.penalty(5 * FEE_RATE)));
      breach(channel);
      awaitHeight(tower);
      assertThat(bitcoind.mempool()).doesNotContain(channel.penaltyTxid(FEE_RATE).toString());
      assertThat(statusOf(user, channel, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
      // The other one confirms and is disconnected again, after which ours is mined.
      String block = bitcoind.mine(1).getFirst();
      awaitHeight(tower);
      bitcoind.rpc("invalidateblock", block);
      String other = channel.penaltyTxid(5 * FEE_RATE).toString();
      assertThat(bitcoind.mempool()).contains(other);
      bitcoind.mineBlockWith(List.of(hex(channel.penalty(FEE_RATE))));
      bitcoind.mine(1);
      awaitHeight(tower);
      assertThat(statusOf(user, channel, Dialect.V2).path("status").asText())
          .isEqualTo("dispute_responded");
      bitcoind.mine(97);
      awaitHeight(tower);
      assertThat(tower.daemon().components().storedTrackers()).isEqualTo(1);
      bitcoind.mine(1); // the hundredth confirmation
      awaitHeight(tower);
      assertThat(tower.daemon().components().storedTrackers()).isEqualTo(0);
    }
  }

  @Test
  void rebroadcastsAtOnceAPenaltyThatBitcoindHasLost() throws Exception {
    try (Bitcoind forgetful =
            Bitcoind.start(BitcoindOptions.DEFAULT.withArgs("-persistmempool=0"));
        RunningTower tower = startOn(forgetful)) {
      LightningChannel channel = LightningChannel.open(forgetful);
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      forgetful.mineBlockWith(List.of(hex(channel.commitment())));
      String penalty = channel.penaltyTxid(FEE_RATE).toString();
      Eventually.holds("penalty in the mempool", () -> forgetful.mempool().contains(penalty));
      forgetful.stop();
      forgetful.restart(); // with an empty mempool
      Eventually.holds("penalty in the mempool", () -> forgetful.mempool().contains(penalty));
    }
  }

  @Test
  void rebroadcastsAPenaltyThatAReorgDisconnects() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      breach(channel);
      awaitPenalty(channel);
      String block = bitcoind.mine(1).getFirst();
      awaitHeight(tower);
      bitcoind.rpc("invalidateblock", block);
      bitcoind.mineBlockWith(List.of());
      bitcoind.mineBlockWith(List.of());
      awaitHeight(tower);
      awaitPenalty(channel);
      bitcoind.mine(1);
      awaitHeight(tower);
      assertThat(bitcoind.mempool()).isEmpty();
    }
  }

  @Test
  void expiredSubscriptionsAreDeletedWithTheirAppointments() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    LightningChannel disputed = LightningChannel.open(bitcoind);
    LightningChannel refused = LightningChannel.open(bitcoind);
    try (RunningTower tower = tower(Map.of("subscription_duration", "10", "expiry_delta", "3"))) {
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(appointment(user, channel));
      user.sendForReceipt(appointment(user, disputed));
      user.sendForReceipt(
          user.appointment(refused.commitmentTxid(), refused.wronglySignedPenalty()));
      breach(refused);
      breach(disputed);
      awaitPenalty(disputed);
      bitcoind.mine(7);
      awaitHeight(tower);
      assertThat(user.subscription().status()).isEqualTo(200);

      bitcoind.mine(1); // the tenth block: expired
      awaitHeight(tower);
      assertThat(user.subscription().status()).isEqualTo(401);
      assertThat(user.subscription().json().path("error").asText()).contains("expired at block");
      assertThat(user.send(appointment(user, channel)).status()).isEqualTo(401);
      assertThat(tower.daemon().components().storedAppointments()).isEqualTo(3);

      bitcoind.mine(2);
      awaitHeight(tower);
      assertThat(tower.daemon().components().storedAppointments()).isEqualTo(3);
      assertThat(tower.daemon().components().storedTrackers()).isEqualTo(2);
      bitcoind.mine(1); // the end of the grace period
      awaitHeight(tower);
      assertThat(tower.daemon().components().storedAppointments()).isZero();
      assertThat(tower.daemon().components().storedTrackers())
          .isEqualTo(1); // an active tracker continues
      assertThat(user.subscription().json().path("error").asText()).contains("not found");
      assertThat(user.register().status()).isEqualTo(200);
    }
  }

  @Test
  void aUserOfBothDialectsHasOneSubscription() throws Exception {
    try (RunningTower tower = tower()) {
      SecretKey key = SecretKey.generate(new SecureRandom());
      TowerUser v1 = new TowerUser(tower.api(), Dialect.V1, key);
      TowerUser v2 = new TowerUser(tower.api(), Dialect.V2, key);
      assertThat(v1.register().json().path("available_slots").asInt()).isEqualTo(10_000);
      assertThat(v2.register().json().path("available_slots").asInt()).isEqualTo(20_000);
      LightningChannel channel = LightningChannel.open(bitcoind);
      assertThat(v2.sendForReceipt(appointment(v2, channel)).signedBy()).isEqualTo(tower.id());
      // Anyone can register any key, so the user's signatures decide the dialect of receipts.
      v1.register();
      assertThat(v2.sendForReceipt(appointment(v1, channel)).signedBy()).isEqualTo(tower.id());
      JsonNode info = v1.subscription().json();
      assertThat(info.path("appointments")).isEqualTo(info.path("locators")).hasSize(2);
    }
  }

  @Test
  void slotsRunOutAndAreGrantedFromFreeCapacity() throws Exception {
    try (Bitcoind node = Bitcoind.start(BitcoindOptions.DEFAULT)) {
      node.mine(120);
      try (RunningTower tower =
          RunningTower.start(node, dataDir, Map.of("subscription_slots", "1"))) {
        TowerUser user = tower.registered(Dialect.V2);
        Locator locator = Locator.fromHex("00".repeat(16));
        TowerUser.Reply big = user.send(new Appointment(locator, new byte[2049], 20));
        assertThat(big.status()).isEqualTo(401);
        assertThat(big.json().path("error_code").asInt()).isEqualTo(7);
        user.sendForReceipt(new Appointment(locator, new byte[2048], 20));
        assertThat(user.send(new Appointment(locator, new byte[2049], 20)).status()).isEqualTo(401);
        assertThat(statusCode(user, locator)).isEqualTo(200);
        assertThat(tower.stop()).isZero();
      }
      try (RunningTower tower =
          RunningTower.start(
              node,
              dataDir,
              Map.of("subscription_slots", "4294967295", "max_appointments", "4294967295"))) {
        TowerUser user =
            new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
        long first = user.register().json().path("available_slots").asLong();
        assertThat(first).isBetween(1L, 4294967295L / 50);
        TowerUser.Reply renewed = user.register();
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(renewed.json().path("available_slots").asLong()).isBetween(first + 1, 2 * first);
      }
    }
  }

  private static int statusCode(TowerUser user, Locator locator) throws Exception {
    return user.get(locator).status();
  }
}
