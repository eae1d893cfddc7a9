package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.CommitmentType;
import teos.testkit.LightningChannel;
import teos.testkit.LightningChannel.PenaltyType;
import teos.testkit.junit.TestBitcoind;
import teos.tower.store.TrackerEvent;

/**
 * Breaches with zero-fee commitments (TRUC, ephemeral dust), and with penalties of version 3: which
 * penalties bitcoind accepts while the dispute is in the mempool, and that the others follow with
 * its block. Bitcoin Core's policy, and Bitcoin Knots' default one.
 */
@Tag("bitcoind")
@ResourceLock(LogLines.LOG)
class TrucTest {

  private static final int FEE_RATE = 10;
  private static final int CHILD_FEE = 1_000;

  /** More than a penalty at {@link #FEE_RATE} can replace. */
  private static final int HIGH_CHILD_FEE = 30_000;

  private static final String WAITS = "; waits for the dispute's block";

  private static final List<String> KNOTS_SETTINGS =
      List.of("mempooltruc=enforce", "subdustfeepenalty=0", "permitephemeral=anchor,dust");

  private static final String POLICY_WARNING = "bitcoind does not relay all zero-fee commitments";

  @TestBitcoind(args = {"-persistmempool=0"})
  private static Bitcoind bitcoind;

  /** Bitcoin Knots or Bitcoin Core, with its default policy. */
  @TestBitcoind private static Bitcoind knots;

  private static boolean isKnots;
  private static RunningTower tower;
  private static RunningTower knotsTower;
  private static List<String> coreWarnings = List.of();
  private static List<String> knotsWarnings = List.of();

  @TempDir private static Path dataDir;
  @TempDir private static Path knotsDataDir;

  @BeforeAll
  static void start() throws Exception {
    isKnots = knots.rpc("getnetworkinfo").path("subversion").asText().contains("Knots");
    try (LogLines log = new LogLines()) {
      knotsTower = RunningTower.start(knots, knotsDataDir, Map.of());
      knotsWarnings = log.containing(POLICY_WARNING);
    }
    if (isKnots) {
      restart();
    }
    try (LogLines log = new LogLines()) {
      tower = RunningTower.start(bitcoind, dataDir, Map.of());
      coreWarnings = log.containing(POLICY_WARNING);
    }
  }

  /** Restarts bitcoind with Bitcoin Core's policy; its mempool is empty then. */
  private static void restart() throws Exception {
    bitcoind.stop();
    if (isKnots) {
      bitcoind.restart("-corepolicy=1");
    } else {
      bitcoind.restart();
    }
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
    knotsTower.close();
  }

  private static BreachFixture watched(CommitmentType dispute, PenaltyType penalty)
      throws Exception {
    return BreachFixture.opened(bitcoind, tower, dispute, penalty, FEE_RATE).send();
  }

  private static String anchorChild(BreachFixture breach, int fee) {
    return hex(breach.channel().anchorChild(fee));
  }

  private static String hex(byte[] raw) {
    return HexFormat.of().formatHex(raw);
  }

  /** Publishes the dispute; one without a fee together with the cheater's child. */
  private static JsonNode publish(BreachFixture breach, CommitmentType dispute, int childFee) {
    if (dispute == CommitmentType.V2_ANCHOR_240) {
      return breach.bitcoind().rpc("sendrawtransaction", breach.rawDispute());
    }
    return breach
        .bitcoind()
        .rpc("submitpackage", List.of(breach.rawDispute(), anchorChild(breach, childFee)), 0)
        .path("package_msg");
  }

  private static TrackerEvent awaitEvent(
      BreachFixture breach, RunningTower at, TrackerEvent.Kind kind) throws Exception {
    Eventually.holds(kind.word(), () -> last(breach, at).kind() == kind);
    return last(breach, at);
  }

  private static TrackerEvent last(BreachFixture breach, RunningTower at) {
    List<TrackerEvent> events = breach.events(at);
    return events.isEmpty()
        ? new TrackerEvent(Instant.EPOCH, 0, TrackerEvent.Kind.SEEN, "")
        : events.getLast();
  }

  /** Confirms the penalty after its dispute, which is in {@code block}, and undoes both blocks. */
  private static void confirmAndReorg(BreachFixture breach, RunningTower at, String block)
      throws Exception {
    assertThat(breach.isIn(breach.penalty(), breach.bitcoind().mine(1).getFirst())).isTrue();
    awaitEvent(breach, at, TrackerEvent.Kind.CONFIRMED);
    breach.bitcoind().rpc("invalidateblock", block);
    for (int i = 0; i < 3; i++) {
      breach.bitcoind().mineBlockWith(List.of());
    }
    BreachFixture.awaitHeight(breach.bitcoind(), at);
    assertThat(breach.history(at)).contains("confirmed, reorged");
  }

  @Test
  void warnsAtStartOfPolicyThatRelaysNoZeroFeeCommitments() {
    assertThat(coreWarnings).isEmpty();
    if (isKnots) {
      assertThat(knotsWarnings).hasSize(1);
      assertThat(knotsWarnings.getFirst())
          .contains("wait for the commitment's block")
          .contains(KNOTS_SETTINGS);
    }
  }

  @Test
  void settingsInTheWarningMakeKnotsRelayZeroFeeCommitments() throws Exception {
    Assumptions.assumeTrue(isKnots, "this bitcoind is not Bitcoin Knots");
    String[] args = KNOTS_SETTINGS.stream().map(setting -> "-" + setting).toArray(String[]::new);
    try (Bitcoind configured = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs(args))) {
      configured.mine(120);
      for (CommitmentType type :
          List.of(
              CommitmentType.V3_ANCHOR_240,
              CommitmentType.V3_ANCHOR_100,
              CommitmentType.V3_ANCHOR_0)) {
        LightningChannel channel = LightningChannel.open(configured, type);
        assertThat(
                configured
                    .rpc(
                        "submitpackage",
                        List.of(hex(channel.commitment()), hex(channel.anchorChild(CHILD_FEE))))
                    .path("package_msg")
                    .asText())
            .isEqualTo("success");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "V2_ANCHOR_240, V2, ",
    "V2_ANCHOR_240, V3, cannot spend from non-version=3 tx",
    "V2_ANCHOR_240, V3_WITH_ANCHOR, cannot spend from non-version=3 tx",
    "V3_ANCHOR_240, V2, cannot spend from version=3 tx",
    "V3_ANCHOR_240, V3, ",
    "V3_ANCHOR_240, V3_WITH_ANCHOR, ",
    "V3_ANCHOR_100, V3, did not spend parent's ephemeral dust",
    "V3_ANCHOR_100, V3_WITH_ANCHOR, ",
    "V3_ANCHOR_0, V2, cannot spend from version=3 tx",
    "V3_ANCHOR_0, V3, did not spend parent's ephemeral dust",
    "V3_ANCHOR_0, V3_WITH_ANCHOR, "
  })
  void sendsPenaltyAtOnceOrWithDisputesBlock(
      CommitmentType dispute, PenaltyType penalty, String refusal) throws Exception {
    BreachFixture breach = watched(dispute, penalty);
    publish(breach, dispute, CHILD_FEE);
    assertThat(bitcoind.mempool()).contains(breach.dispute());
    if (refusal == null) {
      breach.awaitPenaltyInMempool();
      awaitEvent(breach, tower, TrackerEvent.Kind.SENT);
    } else {
      assertThat(awaitEvent(breach, tower, TrackerEvent.Kind.REFUSED).detail())
          .contains(refusal)
          .doesNotContain("wtxid")
          .endsWith(WAITS);
    }
    assertThat(breach.status()).isEqualTo("dispute_responded");

    String block = bitcoind.mineBlockWith(List.of(breach.rawDispute()));
    breach.awaitPenaltyInMempool();
    awaitEvent(breach, tower, refusal == null ? TrackerEvent.Kind.SEEN : TrackerEvent.Kind.SENT);

    confirmAndReorg(breach, tower, block);
    // bitcoind does not apply these rules to transactions that come back from blocks.
    assertThat(bitcoind.mempool()).contains(breach.dispute(), breach.penalty());
    assertThat(breach.status()).isEqualTo("dispute_responded");
    bitcoind.mine(1);
    awaitEvent(breach, tower, TrackerEvent.Kind.CONFIRMED);
  }

  @ParameterizedTest
  @CsvSource({
    "V2_ANCHOR_240, V2",
    "V2_ANCHOR_240, V3",
    "V2_ANCHOR_240, V3_WITH_ANCHOR",
    "V3_ANCHOR_240, V2",
    "V3_ANCHOR_240, V3",
    "V3_ANCHOR_240, V3_WITH_ANCHOR",
    "V3_ANCHOR_0, V2",
    "V3_ANCHOR_0, V3",
    "V3_ANCHOR_0, V3_WITH_ANCHOR"
  })
  void sendsPenaltyWithDisputesBlockWhereNodeRelaysNoZeroFeeCommitments(
      CommitmentType dispute, PenaltyType penalty) throws Exception {
    Assumptions.assumeTrue(isKnots, "this bitcoind is not Bitcoin Knots");
    BreachFixture breach =
        BreachFixture.opened(knots, knotsTower, dispute, penalty, FEE_RATE).send();
    JsonNode published = publish(breach, dispute, CHILD_FEE);
    if (dispute == CommitmentType.V2_ANCHOR_240) {
      breach.awaitPenaltyInMempool();
    } else {
      assertThat(published.asText()).isEqualTo("transaction failed");
      assertThat(breach.status()).isEqualTo("being_watched");
    }

    String block = knots.mineBlockWith(List.of(breach.rawDispute()));
    breach.awaitPenaltyInMempool();

    confirmAndReorg(breach, knotsTower, block);
    if (dispute == CommitmentType.V3_ANCHOR_0) {
      // Knots takes no dust back into its mempool: the penalty waits for the dispute.
      assertThat(awaitEvent(breach, knotsTower, TrackerEvent.Kind.DISPUTE_MISSING).detail())
          .startsWith("dispute: dust")
          .endsWith(WAITS);
      breach.awaitStatus("being_watched");
      breach.breach();
      breach.awaitPenaltyInMempool();
    } else {
      assertThat(knots.mempool()).contains(breach.dispute(), breach.penalty());
    }
    knots.mine(1);
    awaitEvent(breach, knotsTower, TrackerEvent.Kind.CONFIRMED);
  }

  @Test
  void sendsPenaltyWhenCheatersChildLeavesMempool() throws Exception {
    BreachFixture breach = watched(CommitmentType.V3_ANCHOR_240, PenaltyType.V3);
    publish(breach, CommitmentType.V3_ANCHOR_240, HIGH_CHILD_FEE);
    assertThat(awaitEvent(breach, tower, TrackerEvent.Kind.REFUSED).detail())
        .startsWith("insufficient fee (including sibling eviction)")
        .contains(
            breach.channel().anchorChildTxid(HIGH_CHILD_FEE)
                + " in the mempool spends another output of the dispute")
        .endsWith(WAITS);
    bitcoind.mineBlockWith(List.of(hex(breach.channel().feeCoinSpend())));
    breach.awaitPenaltyInMempool();
    bitcoind.mine(1);
    breach.awaitHistory(tower, "refused, sent, confirmed");
  }

  @Test
  void recordsConflictingSpendWhenCheatersChildTakesAnchor() throws Exception {
    BreachFixture breach = watched(CommitmentType.V3_ANCHOR_0, PenaltyType.V3_WITH_ANCHOR);
    publish(breach, CommitmentType.V3_ANCHOR_0, HIGH_CHILD_FEE);
    String child = breach.channel().anchorChildTxid(HIGH_CHILD_FEE).toString();
    assertThat(awaitEvent(breach, tower, TrackerEvent.Kind.REFUSED).detail())
        .startsWith("insufficient fee")
        .endsWith(child + " in the mempool spends the output");
    bitcoind.mine(1);
    breach.awaitHistory(tower, "refused, beaten");
    assertThat(last(breach, tower).detail()).startsWith(child);
  }

  @ParameterizedTest
  @CsvSource({"V3_ANCHOR_240, V3", "V3_ANCHOR_240, V3_WITH_ANCHOR", "V3_ANCHOR_0, V3_WITH_ANCHOR"})
  void broadcastsLostDisputeTogetherWithPenalty(CommitmentType dispute, PenaltyType penalty)
      throws Exception {
    BreachFixture breach = watched(dispute, penalty);
    publish(breach, dispute, CHILD_FEE);
    breach.awaitPenaltyInMempool();
    restart();
    breach.awaitPenaltyInMempool();
    assertThat(bitcoind.mempool()).contains(breach.dispute());
    breach.awaitHistory(tower, "sent, evicted, sent");
    assertThat(last(breach, tower).detail()).isEqualTo("with its dispute");
    bitcoind.mine(1);
    breach.awaitHistory(tower, "sent, evicted, sent, confirmed");
  }

  @ParameterizedTest
  @CsvSource({
    "V3_ANCHOR_240, V2, cannot spend from version=3 tx",
    "V3_ANCHOR_0, V2, cannot spend from version=3 tx",
    "V3_ANCHOR_0, V3, did not spend parent's ephemeral dust"
  })
  void waitsForBlockOfLostDispute(CommitmentType dispute, PenaltyType penalty, String refusal)
      throws Exception {
    BreachFixture breach = watched(dispute, penalty);
    publish(breach, dispute, CHILD_FEE);
    awaitEvent(breach, tower, TrackerEvent.Kind.REFUSED);
    restart();
    assertThat(awaitEvent(breach, tower, TrackerEvent.Kind.DISPUTE_MISSING).detail())
        .contains(refusal)
        .endsWith(WAITS);
    assertThat(breach.status()).isEqualTo("being_watched");
    breach.breach();
    breach.awaitPenaltyInMempool();
    bitcoind.mine(1);
    breach.awaitHistory(tower, "refused, dispute_gone, sent, confirmed");
  }

  private static BreachFixture watchedWithVariants(CommitmentType dispute) throws Exception {
    BreachFixture breach = BreachFixture.opened(bitcoind, tower, dispute, PenaltyType.V2, FEE_RATE);
    return breach.sendBundle(
        Stream.of(PenaltyType.values())
            .map(variant -> breach.channel().penalty(variant, FEE_RATE))
            .toList());
  }

  private static String penalty(BreachFixture breach, PenaltyType variant) {
    return breach.channel().penaltyTxid(variant, FEE_RATE).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "V2_ANCHOR_240, V2",
    "V3_ANCHOR_240, V3|V3_WITH_ANCHOR",
    "V3_ANCHOR_0, V3_WITH_ANCHOR"
  })
  void sendsTheVariantInABundleThatTheMempoolAccepts(CommitmentType dispute, String accepted)
      throws Exception {
    BreachFixture breach = watchedWithVariants(dispute);
    Set<String> expected =
        Stream.of(accepted.split("\\|"))
            .map(variant -> penalty(breach, PenaltyType.valueOf(variant)))
            .collect(Collectors.toSet());
    publish(breach, dispute, CHILD_FEE);
    Eventually.holds(accepted, () -> bitcoind.mempool().stream().anyMatch(expected::contains));
    String block = bitcoind.mine(1).getFirst();
    assertThat(expected).anyMatch(penalty -> breach.isIn(penalty, block));
    Eventually.holds("confirmed", () -> breach.history(tower).endsWith("confirmed"));
  }

  @Test
  void sendsAnotherVariantWhenCheatersChildTakesAnchor() throws Exception {
    BreachFixture breach = watchedWithVariants(CommitmentType.V3_ANCHOR_0);
    publish(breach, CommitmentType.V3_ANCHOR_0, HIGH_CHILD_FEE);
    Eventually.holds(
        "all refused",
        () ->
            breach.events(tower).stream()
                    .filter(event -> event.kind() == TrackerEvent.Kind.REFUSED)
                    .count()
                >= PenaltyType.values().length);
    bitcoind.mine(1);
    Eventually.holds(
        "a variant without anchor",
        () ->
            bitcoind.mempool().contains(penalty(breach, PenaltyType.V2))
                || bitcoind.mempool().contains(penalty(breach, PenaltyType.V3)));
    bitcoind.mine(1);
    Eventually.holds("confirmed", () -> breach.history(tower).endsWith("confirmed"));
    assertThat(breach.history(tower)).contains("beaten");
  }
}
