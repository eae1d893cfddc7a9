package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.TrackerEvent.Kind;

/** Trackers and their histories, on either database. */
class TrackersDBMTest {

  private static final PublicKey USER = TestStore.newUser();
  private static final Optional<AppointmentKey> FIRST = Optional.empty();

  private final TrackersDBM trackers = new TrackersDBM();
  private final TrackerEventsDBM history = new TrackerEventsDBM();

  @OpenDatabase private Database database;

  @Test
  void update_everyStatus_isStoredAndFoundByQueries() {
    List<PenaltyStatus> statuses =
        List.of(
            new Pending(1),
            new InMempool(2),
            new Refused(3, "bad fee"),
            new DisputeMissing(3, "replaced"),
            new Confirmed(4),
            new Outspent(5, "by another"),
            new Complete(6));
    for (int i = 0; i < statuses.size(); i++) {
      Tracker tracker = TestStore.tracker(i, USER, i, statuses.get(i));
      assertThat(database.<Boolean>write(h -> TestStore.storeTracker(h, tracker))).isTrue();
      assertThat(database.<Boolean>write(h -> TestStore.storeTracker(h, tracker))).isFalse();
      assertThat(loaded(i).status()).isEqualTo(statuses.get(i));
      assertThat(loaded(i).disputeHeight()).isEmpty();
    }
    assertThat(database.<List<Tracker>>read(h -> trackers.unsettled(h, FIRST, 10))).hasSize(4);
    assertThat(database.<List<Txid>>read(h -> trackers.missingDisputes(h, 10))).hasSize(1);
    assertThat(database.<Long>read(trackers::count)).isEqualTo(5);
    assertThat(found(handle -> trackers.settledUpTo(handle, 3, FIRST, 10))).isEmpty();
    assertThat(found(handle -> trackers.settledUpTo(handle, 4, FIRST, 10))).containsExactly(4);
    assertThat(found(handle -> trackers.settledUpTo(handle, 6, FIRST, 10))).containsExactly(4, 5);
    assertThat(found(handle -> trackers.dependingOnBlocksFrom(handle, 7, FIRST, 10))).isEmpty();
    assertThat(found(handle -> trackers.dependingOnBlocksFrom(handle, 4, FIRST, 10)))
        .containsExactly(4, 5, 6);
    update(loaded(0).withStatus(new Confirmed(9)).disputeAt(OptionalInt.of(7)));
    assertThat(loaded(0).status()).isEqualTo(new Confirmed(9));
    assertThat(loaded(0).disputeHeight()).hasValue(7);
    assertThat(found(handle -> trackers.dependingOnBlocksFrom(handle, 7, FIRST, 10)))
        .containsExactly(0);
    update(loaded(0).withStatus(new InMempool(9)));
    assertThat(found(handle -> trackers.dependingOnBlocksFrom(handle, 7, FIRST, 10)))
        .containsExactly(0);
    assertThat(found(h -> trackers.withPenalty(h, loaded(2).penaltyTxid(), FIRST, 10)))
        .containsExactly(2);
  }

  @Test
  void events_repeatedEventIsDropped_andHistoryIsDeletedWithItsTracker() {
    Tracker tracker = TestStore.tracker(1, USER, 1, new Pending(1));
    database.write(handle -> TestStore.storeTracker(handle, tracker));
    Instant at = Instant.ofEpochSecond(1_000_000_000);
    List<TrackerEvent> events =
        List.of(
            new TrackerEvent(at, 1, Kind.SEEN, "in block 1"),
            new TrackerEvent(at, 1, Kind.REFUSED, "too cheap"),
            new TrackerEvent(at.plusSeconds(1), 2, Kind.REFUSED, "too cheap"),
            new TrackerEvent(at.plusSeconds(2), 3, Kind.REFUSED, "a conflict"),
            new TrackerEvent(at.plusSeconds(3), 4, Kind.SENT, ""));
    database.execute(
        handle -> {
          events.forEach(event -> history.addEvent(handle, tracker.key(), event));
        });
    assertThat(database.<List<TrackerEvent>>read(h -> history.events(h, tracker.key())))
        .containsExactly(events.get(0), events.get(1), events.get(3), events.get(4));
    database.execute(
        handle -> {
          trackers.delete(handle, tracker);
        });
    assertThat(database.<List<TrackerEvent>>read(h -> history.events(h, tracker.key()))).isEmpty();
  }

  private Tracker loaded(int locator) {
    return database.read(h -> trackers.load(h, TestStore.locator(locator), USER)).orElseThrow();
  }

  private void update(Tracker tracker) {
    database.execute(
        handle -> {
          trackers.update(handle, tracker);
        });
  }

  /** Returns the numbers of the trackers: the first byte of their penalty's txid. */
  private List<Integer> found(Function<Handle, List<Tracker>> query) {
    return database.read(query).stream()
        .map(tracker -> (int) tracker.penaltyTxid().internal()[0])
        .sorted()
        .toList();
  }
}
