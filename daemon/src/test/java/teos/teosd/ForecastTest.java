package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.RawTransactions;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FeeHistory;
import teos.testkit.FullMempool;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.tower.responder.Verdict;

/** What users learn about unconfirmed penalties, on a bitcoind that estimates fees. */
@Tag("bitcoind")
class ForecastTest {

  /** The fee rate that bitcoind estimates, in sat/vB. */
  private static final int ESTIMATE = 20;

  /** {@code to_self_delay} of the appointments. */
  private static final int DELAY = 144;

  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Bitcoind.start();
    bitcoind.mine(140);
  }

  @BeforeEach
  void estimate() {
    FeeHistory.mine(bitcoind, ESTIMATE);
    assertThat(bitcoind.rpc("estimatesmartfee", 2).path("feerate").decimalValue().movePointRight(5))
        .isBetween(BigDecimal.valueOf(ESTIMATE - 1), BigDecimal.valueOf(ESTIMATE + 1));
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  private RunningTower tower() throws Exception {
    return RunningTower.start(bitcoind, dataDir, Map.of());
  }

  private static JsonNode appointment(BreachFixture breach) throws Exception {
    return breach.user().get(breach.locator()).json().path("appointment");
  }

  private static void awaitVerdict(BreachFixture breach, String status, String verdict)
      throws Exception {
    Eventually.holds(
        status + " and " + verdict,
        () -> {
          JsonNode now = appointment(breach);
          return now.path("penalty_status").asText().equals(status)
              && now.path("verdict").asText().equals(verdict);
        });
  }

  private static void mineEmpty(int blocks) {
    for (int i = 0; i < blocks; i++) {
      bitcoind.mineBlockWith(List.of());
    }
  }

  @Test
  void comparesTheFeeRateWithTheEstimateUntilTheDeadline() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture enough = BreachFixture.watched(bitcoind, tower, ESTIMATE + 5);
      BreachFixture tooLittle = BreachFixture.watched(bitcoind, tower, ESTIMATE - 5);
      bitcoind.mineBlockWith(List.of(enough.rawDispute(), tooLittle.rawDispute()));
      int dispute = bitcoind.height();
      awaitVerdict(enough, "in_mempool", "likely");
      awaitVerdict(tooLittle, "in_mempool", "at_risk");
      JsonNode json = appointment(enough);
      assertThat(json.path("deadline").asInt()).isEqualTo(dispute + DELAY);
      assertThat(json.path("fee_rate_per_kvb").asInt())
          .isBetween((ESTIMATE + 4) * 1_000, (ESTIMATE + 6) * 1_000);
      assertThat(json.has("penalties")).isFalse();
      Eventually.holds(
          "one each",
          () -> {
            Map<Verdict, Long> counts =
                tower.daemon().components().internalApi().inventory().verdicts();
            return Long.valueOf(1).equals(counts.get(Verdict.LIKELY))
                && Long.valueOf(1).equals(counts.get(Verdict.AT_RISK));
          });

      // The penalty confirms one block too late.
      mineEmpty(DELAY - 2);
      BreachFixture.awaitHeight(bitcoind, tower);
      awaitVerdict(enough, "in_mempool", "likely");
      mineEmpty(1);
      awaitVerdict(enough, "in_mempool", "unlikely");
      awaitVerdict(tooLittle, "in_mempool", "unlikely");
      bitcoind.mine(1);
      Eventually.holds(
          "confirmed without a verdict",
          () -> {
            JsonNode now = appointment(enough);
            return now.path("penalty_status").asText().equals("confirmed") && !now.has("verdict");
          });
    }
  }

  /** The first dispute that a tower sees for a long time must not be judged by old fees. */
  @Test
  void knowsTheFeesOfTheLastBlockBeforeTheFirstDispute() throws Exception {
    try (Bitcoind fresh = Bitcoind.start()) {
      fresh.mine(140);
      try (RunningTower tower = RunningTower.start(fresh, dataDir, Map.of())) {
        BreachFixture breach = BreachFixture.opened(fresh, tower, ESTIMATE);
        List<byte[]> ladder =
            IntStream.of(ESTIMATE - 15, ESTIMATE + 5).mapToObj(breach.channel()::penalty).toList();
        breach.sendBundle(ladder);
        FeeHistory.mine(fresh, ESTIMATE);
        BreachFixture.awaitHeight(fresh, tower);
        tower.daemon().components().responder().awaitIdle();
        breach.publish();
        awaitVerdict(breach, "in_mempool", "likely");
        assertThat(breach.events(tower))
            .as("the first rung pays too little, and is not sent first")
            .noneMatch(event -> event.detail().contains(txid(ladder.getFirst())));
      }
    }
  }

  @Test
  void isUnlikelyBelowTheMinimumOfAFullMempool() throws Exception {
    try (Bitcoind full = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs("-maxmempool=5"))) {
      full.mine(120);
      try (RunningTower tower = RunningTower.start(full, dataDir, Map.of())) {
        BreachFixture tooLittle = BreachFixture.watched(full, tower, ESTIMATE - 5);
        BreachFixture enough = BreachFixture.watched(full, tower, 10 * ESTIMATE);
        FullMempool.fill(full, ESTIMATE);
        full.mineBlockWith(List.of(tooLittle.rawDispute(), enough.rawDispute()));
        awaitVerdict(tooLittle, "refused", "unlikely");
        // This node has no transactions to estimate from.
        awaitVerdict(enough, "in_mempool", "unknown");
      }
    }
  }

  @Test
  void usersOfTheFirstDialectGetTheFieldsOfPythonTeos() throws Exception {
    try (RunningTower tower = tower()) {
      TowerUser user = tower.registered(Dialect.V1);
      LightningChannel channel = LightningChannel.open(bitcoind);
      user.sendForReceipt(user.appointment(channel.commitmentTxid(), channel.penalty(ESTIMATE)));
      bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
      Eventually.holds(
          "responded",
          () ->
              user.get(Dialect.V1.locator(channel.commitmentTxid()))
                  .json()
                  .path("status")
                  .asText()
                  .equals("dispute_responded"));
      assertThat(
              user.get(Dialect.V1.locator(channel.commitmentTxid()))
                  .json()
                  .path("appointment")
                  .fieldNames())
          .toIterable()
          .containsExactlyInAnyOrder("locator", "dispute_txid", "penalty_txid", "penalty_rawtx");
    }
  }

  @Test
  void listsThePenaltiesOfABundle() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.opened(bitcoind, tower, ESTIMATE);
      List<byte[]> ladder =
          IntStream.of(ESTIMATE - 15, ESTIMATE + 5, ESTIMATE + 30)
              .mapToObj(breach.channel()::penalty)
              .toList();
      breach.sendBundle(ladder);
      breach.breach();
      awaitVerdict(breach, "in_mempool", "likely");
      JsonNode json = appointment(breach);
      assertThat(json.path("penalty_txid").asText()).isEqualTo(txid(ladder.get(1)));
      assertThat(json.path("n_penalties").asInt()).isEqualTo(3);
      JsonNode penalties = json.path("penalties");
      assertThat(penalties.findValuesAsText("penalty_txid"))
          .containsExactly(txid(ladder.get(1)), txid(ladder.get(0)), txid(ladder.get(2)));
      assertThat(penalties.findValuesAsText("penalty_status"))
          .containsExactly("in_mempool", "standby", "standby");
      assertThat(penalties.findValuesAsText("verdict")).containsExactly("likely");
      assertThat(penalties.get(2).path("fee_rate_per_kvb").asInt() / 1_000).isBetween(49, 51);
    }
  }

  private static String txid(byte[] raw) {
    return RawTransactions.txid(raw).toString();
  }
}
