package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.store.PenaltyStatus.AwaitingParent;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.PenaltyStatus.Standby;
import teos.tower.store.TrackerEvent.Kind;

/** Trackers and their histories, on either database. */
class TrackersDBMTest {

  private static final PublicKey USER = TestStore.newUser();
  private static final Optional<TrackerKey> FIRST = Optional.empty();

  private final TrackersDBM trackers = new TrackersDBM();
  private final TrackerSearchDBM search = new TrackerSearchDBM();
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
    assertThat(database.<List<Tracker>>read(h -> search.unsettled(h, FIRST, 10))).hasSize(4);
    assertThat(database.<List<Txid>>read(h -> search.missingDisputes(h, 10))).hasSize(1);
    assertThat(database.<Long>read(trackers::count)).isEqualTo(5);
    assertThat(found(handle -> search.resolvedUpTo(handle, 3, 0, FIRST, 10))).isEmpty();
    assertThat(found(handle -> search.resolvedUpTo(handle, 4, 0, FIRST, 10))).containsExactly(4);
    assertThat(found(handle -> search.resolvedUpTo(handle, 6, 0, FIRST, 10))).containsExactly(4, 5);
    assertThat(found(handle -> search.dependingOnBlocksFrom(handle, 7, FIRST, 10))).isEmpty();
    assertThat(found(handle -> search.dependingOnBlocksFrom(handle, 4, FIRST, 10)))
        .containsExactly(4, 5, 6);
    update(loaded(0).withStatus(new Confirmed(9)).disputeAt(OptionalInt.of(7)));
    assertThat(loaded(0).status()).isEqualTo(new Confirmed(9));
    assertThat(loaded(0).disputeHeight()).hasValue(7);
    assertThat(found(handle -> search.dependingOnBlocksFrom(handle, 7, FIRST, 10)))
        .containsExactly(0);
    update(loaded(0).withStatus(new InMempool(9)));
    assertThat(found(handle -> search.dependingOnBlocksFrom(handle, 7, FIRST, 10)))
        .containsExactly(0);
    assertThat(found(h -> search.withPenalty(h, loaded(2).penaltyTxid(), FIRST, 10)))
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
          trackers.deleteAppointments(handle, List.of(tracker));
        });
    assertThat(database.<List<TrackerEvent>>read(h -> history.events(h, tracker.key()))).isEmpty();
  }

  @Test
  void bundle_isStoredAtOnceAndDeletedAtOnce() {
    List<Tracker> bundle =
        List.of(
            member(1, new Standby(1), 3, 0),
            member(2, new Pending(1), 0, 0),
            member(3, new AwaitingParent(5), 0));
    assertThat(store(bundle)).hasSize(3);
    assertThat(store(List.of(member(4, new Pending(1), 0)))).as("stored already").isEmpty();
    AppointmentKey key = bundle.getFirst().key();
    assertThat(database.<List<Tracker>>read(h -> trackers.loadAll(h, key))).isEqualTo(bundle);
    assertThat(database.<Long>read(trackers::count)).isEqualTo(1);
    assertThat(members(h -> search.due(h, 10, 10))).as("only the chosen one").containsExactly(2);
    assertThat(database.<List<AppointmentKey>>read(h -> search.choosing(h, Optional.empty(), 10)))
        .containsExactly(key);

    // Slots move to another member; the others stay.
    assertThat(database.<Boolean>write(h -> trackers.deleteMember(h, bundle.getFirst()))).isTrue();
    List<Tracker> left = database.read(h -> trackers.loadAll(h, key));
    assertThat(left).extracting(Tracker::slots).containsExactly(3, 0);

    Txid parent = Txid.fromDisplayHex("ab".repeat(32));
    update(left.getLast().awaitingParent(parent, 7));
    assertThat(database.<List<Txid>>read(h -> search.missingParents(h, 10)))
        .containsExactly(parent);
    assertThat(members(h -> search.withParent(h, parent, FIRST, 10))).containsExactly(3);
    assertThat(members(h -> search.resolvedUpTo(h, 100, 7, FIRST, 10))).as("pending").isEmpty();
    update(left.getFirst().withStatus(new Confirmed(4)));
    assertThat(members(h -> search.resolvedUpTo(h, 4, 6, FIRST, 10))).as("waiting").isEmpty();
    assertThat(members(h -> search.resolvedUpTo(h, 3, 7, FIRST, 10))).as("not deep").isEmpty();
    assertThat(members(h -> search.resolvedUpTo(h, 4, 7, FIRST, 10)))
        .as("the one with the slots")
        .containsExactly(2);
    update(left.getLast().awaitingParent(parent, 7).parentFound(OptionalInt.of(8), 8));
    assertThat(members(h -> search.dependingOnBlocksFrom(h, 8, FIRST, 10))).containsExactly(3);

    database.execute(
        handle -> {
          trackers.deleteAppointments(handle, List.of(left.getLast()));
        });
    assertThat(database.<Boolean>read(trackers::hasAny)).isFalse();
    TrackerKey last = left.getLast().trackerKey();
    assertThat(database.<Optional<byte[]>>read(h -> new TransactionsDBM().penalty(h, last)))
        .isEmpty();
  }

  @Test
  void abandonSomeOf_bundleOfWhichAPenaltyIsInTheMempool_isKept() {
    store(List.of(member(1, new Refused(1, "why"), 1), member(2, new InMempool(1), 0)));
    assertThat(abandoned()).isZero();
    update(member(2, new Refused(1, "why"), 0));
    assertThat(abandoned()).isEqualTo(1);
    assertThat(database.<Boolean>read(trackers::hasAny)).isFalse();
  }

  @Test
  void resolvedUpTo_refusedPenaltyOfPurgedUser_keepsTheBundleOpenForALimitedTime() {
    store(List.of(member(1, new Confirmed(4), 1, 0), member(2, new Refused(5, "why"), 0)));
    assertThat(members(h -> search.resolvedUpTo(h, 100, 4, FIRST, 10))).isEmpty();
    assertThat(members(h -> search.resolvedUpTo(h, 100, 5, FIRST, 10))).containsExactly(1);
    database.execute(
        handle -> {
          new UsersDBM().store(handle, new UserRecord(USER, Dialect.V2, 0, 1, 1_000));
        });
    assertThat(members(h -> search.resolvedUpTo(h, 100, 5, FIRST, 10)))
        .as("the user is subscribed")
        .isEmpty();
  }

  @Test
  void deleteMember_onlyTrackerOfAnAppointment_isNotDeleted() {
    Tracker only = member(1, new Refused(1, "why"), 1);
    store(List.of(only));
    assertThat(database.<Boolean>write(h -> trackers.deleteMember(h, only))).isFalse();
    assertThat(database.<Boolean>read(trackers::hasAny)).isTrue();
  }

  private int abandoned() {
    return database.write(handle -> trackers.abandonSomeOf(handle, List.of(USER), 10));
  }

  private List<NewTracker> store(List<Tracker> bundle) {
    return database.write(
        handle ->
            trackers.store(
                handle,
                bundle.stream()
                    .map(each -> new NewTracker(each, TestStore.TRANSACTION, TestStore.TRANSACTION))
                    .toList()));
  }

  private static Tracker member(int member, PenaltyStatus status, int slots, int... shared) {
    Tracker plain = TestStore.tracker(1, USER, member, status);
    return new Tracker(
        plain.locator(),
        USER,
        slots,
        plain.disputeTxid(),
        OptionalInt.empty(),
        new Penalty(
            plain.penaltyTxid(),
            member,
            OptionalLong.of(1_000),
            144,
            SharedOutputs.of(shared),
            Optional.empty()),
        status);
  }

  private List<Integer> members(Function<Handle, List<Tracker>> query) {
    return database.read(query).stream().map(tracker -> tracker.penalty().member()).toList();
  }

  private Tracker loaded(int locator) {
    return database
        .read(h -> trackers.load(h, new TrackerKey(TestStore.locator(locator), USER, 0)))
        .orElseThrow();
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
