package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.TestTimeouts;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;
import teos.tower.SimulatedTower;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.RawTransaction;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TrackerEvent.Kind;

/** Life of a penalty, from its breach until no reorg can undo it. */
@Timeout(TestTimeouts.TEST_SECONDS)
class ResponderTest {

  @TempDir Path folder;
  private SimulatedTower tower;
  private ChannelTransactions channel;
  private Tx penalty;

  @BeforeEach
  void start() throws Exception {
    tower = new SimulatedTower(folder.resolve("db"));
    channel = tower.channel(0);
    penalty = channel.penalties().getFirst().getFirst();
  }

  @AfterEach
  void stop() throws Exception {
    tower.close();
  }

  /** Returns the breach of {@code appointment}, as the watcher passes it. */
  private Breach breach(StoredAppointment appointment, OptionalInt disputeHeight) {
    return new Breach(
        appointment,
        raw(channel.dispute()),
        disputeHeight,
        List.of(new BreachPenalty(Penalty.plain(penalty.txid()), raw(penalty))));
  }

  private static RawTransaction raw(Tx transaction) {
    return new RawTransaction(transaction.raw(), transaction.txid());
  }

  /** Adds an appointment, and mines its dispute, so that its penalty is in the mempool. */
  private void breachInBlock() throws Exception {
    tower.add(channel);
    tower.mine(channel.dispute());
  }

  private PenaltyStatus status() throws Exception {
    return tower.tracker(channel).orElseThrow().status();
  }

  @Test
  void handleBreaches_storesTrackerAndBroadcastsPenalty() throws Exception {
    StoredAppointment appointment = tower.add(channel);
    tower.publish(channel.dispute());
    List<StoredAppointment> newer =
        tower.responder().handleBreaches(List.of(breach(appointment, OptionalInt.empty())));
    assertThat(newer).isEmpty();
    assertThat(status()).isEqualTo(new InMempool(tower.height()));
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
    assertThat(tower.events()).containsExactly(Kind.SEEN, Kind.SENT);
  }

  @Test
  void handleBreaches_answeredAlready_changesNothing() throws Exception {
    StoredAppointment appointment = tower.add(channel);
    tower.publish(channel.dispute());
    Breach breach = breach(appointment, OptionalInt.empty());
    tower.responder().handleBreaches(List.of(breach));
    PenaltyStatus before = status();
    assertThat(tower.responder().handleBreaches(List.of(breach))).isEmpty();
    assertThat(status()).isEqualTo(before);
    assertThat(tower.events()).containsExactly(Kind.SEEN, Kind.SENT);
  }

  @Test
  void handleBreaches_appointmentReplacedMeanwhile_returnsTheNewVersion() throws Exception {
    StoredAppointment old = tower.add(channel);
    StoredAppointment replaced =
        new StoredAppointment(old.appointment(), old.user(), "other", old.startBlock());
    assertThat(tower.responder().handleBreaches(List.of(breach(replaced, OptionalInt.empty()))))
        .containsExactly(old);
    assertThat(tower.tracker(channel)).isEmpty();
  }

  @Test
  void penaltyIsConfirmedCompletedAndForgotten() throws Exception {
    breachInBlock();
    assertThat(status()).isEqualTo(new InMempool(tower.height()));
    assertThat(tower.tracker(channel).orElseThrow().disputeHeight()).hasValue(tower.height());
    tower.mine(penalty);
    int confirmed = tower.height();
    assertThat(status()).isEqualTo(new Confirmed(confirmed));

    tower.mineEmpty(Responder.IRREVOCABLY_RESOLVED - 2);
    assertThat(status()).isEqualTo(new Confirmed(confirmed));
    assertThat(tower.slots()).isEqualTo(SimulatedTower.SLOTS - 1);
    tower.mineEmpty(1);
    assertThat(status()).isEqualTo(new Complete(confirmed));
    assertThat(tower.slots()).isEqualTo(SimulatedTower.SLOTS);
    assertThat(tower.stored(channel.dispute().txid())).isEmpty();
    assertThat(tower.events()).containsExactly(Kind.SEEN, Kind.SENT, Kind.CONFIRMED, Kind.COMPLETE);

    tower.mineEmpty(Responder.SAFE_DEPTH - Responder.IRREVOCABLY_RESOLVED - 1);
    assertThat(tower.tracker(channel)).isPresent();
    tower.mineEmpty(1);
    assertThat(tower.tracker(channel)).isEmpty();
  }

  @Test
  void reorg_takesConfirmationBack_andPenaltyIsSentAgain() throws Exception {
    breachInBlock();
    tower.mine(penalty);
    tower.reorg(1);
    assertThat(status()).isInstanceOf(InMempool.class);
    assertThat(tower.mempool()).containsOnly(penalty.txid());
    assertThat(tower.events()).endsWith(Kind.CONFIRMED, Kind.REORGED, Kind.SENT);
    tower.mine(penalty);
    assertThat(status()).isEqualTo(new Confirmed(tower.height()));
  }

  @Test
  void reorg_ofDisputeAndPenalty_bothAreUnconfirmed() throws Exception {
    breachInBlock();
    tower.mine(penalty);
    tower.reorg(2);
    assertThat(tower.tracker(channel).orElseThrow().disputeHeight()).isEmpty();
    assertThat(status()).isInstanceOf(InMempool.class);
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
  }

  @Test
  void reorg_undoesCompletion() throws Exception {
    breachInBlock();
    tower.mine(penalty);
    tower.mineEmpty(Responder.IRREVOCABLY_RESOLVED - 1);
    assertThat(status()).isInstanceOf(Complete.class);
    tower.reorg(Responder.IRREVOCABLY_RESOLVED);
    assertThat(status()).isInstanceOf(InMempool.class);
    assertThat(tower.slots()).as("given back once").isEqualTo(SimulatedTower.SLOTS);
  }

  @Test
  void conflictingSpendInBlock_outspendsPenalty_untilItIsReorganizedAway() throws Exception {
    Tx rival = channel.rivals().getLast();
    breachInBlock();
    tower.mine(rival);
    assertThat(status()).isEqualTo(new Outspent(tower.height(), rival.txid().toString()));
    assertThat(tower.events()).endsWith(Kind.OUTSPENT);
    tower.reorg(1);
    assertThat(status()).as("the rival is back in the mempool").isInstanceOf(Refused.class);
  }

  @Test
  void conflictInMempool_refusesPenalty_untilTheNodeHasLostIt() throws Exception {
    Tx rival = channel.rivals().getLast();
    tower.add(channel);
    tower.publish(channel.dispute());
    tower.publish(rival);
    tower.mine(channel.dispute());
    assertThat(status()).isInstanceOf(Refused.class);
    assertThat(tower.tracker(channel).orElseThrow().retry().conflict()).contains(rival.txid());
    tower.restartNode();
    assertThat(status()).isEqualTo(new InMempool(tower.height()));
    assertThat(tower.mempool()).containsOnly(penalty.txid());
  }

  @Test
  void disputeReplacedInBlock_isMissing_untilItIsBackInTheMempool() throws Exception {
    tower.add(channel);
    tower.publish(channel.dispute());
    tower.snapshotMempool();
    assertThat(status()).isInstanceOf(InMempool.class);
    tower.mine(channel.close());
    assertThat(status()).isInstanceOf(DisputeMissing.class);
    assertThat(tower.stored(channel.dispute().txid())).as("watched again").isPresent();

    tower.reorg(1);
    assertThat(status()).as("replaced in the mempool").isInstanceOf(DisputeMissing.class);
    tower.clearMempool();
    tower.publish(channel.dispute());
    tower.snapshotMempool();
    assertThat(status()).isEqualTo(new InMempool(tower.height()));
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
  }

  @Test
  void evictedPenalty_isSentAgain() throws Exception {
    breachInBlock();
    tower.restartNode();
    assertThat(status()).isInstanceOf(InMempool.class);
    assertThat(tower.mempool()).containsOnly(penalty.txid());
    assertThat(tower.events()).endsWith(Kind.EVICTED, Kind.SENT);
  }

  @Test
  void blockWithoutDisputes_changesNothing() throws Exception {
    breachInBlock();
    PenaltyStatus before = status();
    tower.mine(tower.channel(1).dispute());
    assertThat(status()).isEqualTo(before);
    assertThat(tower.events()).containsExactly(Kind.SEEN, Kind.SENT);
  }
}
