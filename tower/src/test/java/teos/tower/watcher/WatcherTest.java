package teos.tower.watcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.TestTimeouts;
import teos.testkit.simulation.ChannelTransactions;
import teos.testkit.simulation.ChannelTransactions.Tx;
import teos.tower.SimulatedTower;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;

/** Which disputes are found: in blocks, in the mempool, and before their appointment. */
@Timeout(TestTimeouts.TEST_SECONDS)
class WatcherTest {

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

  private Tracker tracker() throws Exception {
    return tower.tracker(channel).orElseThrow();
  }

  @Test
  void blockWithDispute_isAnswered() throws Exception {
    tower.add(channel);
    tower.mine(channel.dispute());
    assertThat(tracker().disputeHeight()).hasValue(tower.height());
    assertThat(tower.mempool()).containsOnly(penalty.txid());
  }

  @Test
  void blockWithSeveralDisputes_allAreAnswered() throws Exception {
    tower.add(channel);
    tower.add(tower.channel(1));
    tower.mine(tower.channel(2).close(), channel.dispute(), tower.channel(1).dispute());
    assertThat(tower.tracker(channel)).isPresent();
    assertThat(tower.mempool())
        .containsOnly(penalty.txid(), tower.channel(1).penalties().getFirst().getFirst().txid());
  }

  @Test
  void blockWithoutDisputes_changesNothing() throws Exception {
    tower.add(channel);
    tower.mine(channel.close(), tower.channel(1).dispute());
    assertThat(tower.tracker(channel)).isEmpty();
    assertThat(tower.stored(channel.dispute().txid())).isPresent();
    assertThat(tower.mempool()).isEmpty();
    assertThat(tower.events()).isEmpty();
  }

  @Test
  void mempoolSnapshotWithDispute_isAnswered() throws Exception {
    tower.add(channel);
    tower.publish(channel.dispute());
    tower.snapshotMempool();
    assertThat(tracker().disputeHeight()).isEmpty();
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
    tower.mine(channel.dispute());
    assertThat(tracker().disputeHeight()).hasValue(tower.height());
  }

  @Test
  void mempoolNotificationWithDispute_isAnswered() throws Exception {
    tower.add(channel);
    tower.publish(channel.dispute());
    tower.notifyOf(channel.dispute());
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
    assertThat(tracker().disputeTxid()).isEqualTo(channel.dispute().txid());
  }

  @Test
  void appointmentAfterDisputeInBlock_isAnsweredBeforeItsReceipt() throws Exception {
    tower.mine(channel.dispute());
    int disputeHeight = tower.height();
    tower.mineEmpty(SimulatedTower.CACHE_SIZE - 1);
    tower.add(channel);
    assertThat(tower.mempool()).containsOnly(penalty.txid());
    assertThat(tracker().disputeHeight()).hasValue(disputeHeight);
    assertThatThrownBy(() -> tower.add(channel)).isInstanceOf(AppointmentRejectedException.class);
  }

  @Test
  void appointmentAfterDisputeInMempool_isAnsweredBeforeItsReceipt() throws Exception {
    tower.publish(channel.dispute());
    tower.snapshotMempool();
    tower.add(channel);
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
    assertThat(tracker().disputeHeight()).isEmpty();
  }

  @Test
  void appointmentAfterDisputeThatWasOutspent_isOutspentToo() throws Exception {
    Tx rival = channel.rivals().getLast();
    tower.mine(channel.dispute());
    tower.mine(rival);
    tower.add(channel);
    assertThat(tracker().status().isSettled()).isTrue();
    assertThat(tower.events()).endsWith(Kind.OUTSPENT);
  }

  @Test
  void appointmentAfterDisputeBelowTheCache_isOnlyStored() throws Exception {
    tower.mine(channel.dispute());
    tower.mineEmpty(SimulatedTower.CACHE_SIZE);
    tower.add(channel);
    assertThat(tower.tracker(channel)).isEmpty();
    assertThat(tower.mempool()).isEmpty();
  }

  @Test
  void appointmentAfterReorgOfItsDispute_isFoundInTheMempool() throws Exception {
    tower.mine(channel.dispute());
    tower.reorg(1);
    tower.snapshotMempool();
    tower.add(channel);
    assertThat(tracker().disputeHeight()).isEmpty();
    assertThat(tower.mempool()).containsOnly(channel.dispute().txid(), penalty.txid());
  }

  @Test
  void junkBlob_isDeletedAndItsSlotsAreForfeited() throws Exception {
    tower.add(channel.dispute().txid(), new byte[100]);
    tower.mine(channel.dispute());
    assertThat(tower.stored(channel.dispute().txid())).isEmpty();
    assertThat(tower.tracker(channel)).isEmpty();
    assertThat(tower.slots()).isEqualTo(SimulatedTower.SLOTS - 1);
    assertThat(tower.mempool()).isEmpty();
  }
}
