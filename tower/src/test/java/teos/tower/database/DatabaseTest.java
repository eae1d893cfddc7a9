package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.BlockId;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.TestDatabase;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.ArrivalsDBM;
import teos.tower.store.Batches;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerEventsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;
import teos.tower.store.WatchedAppointmentsDBM;

class DatabaseTest {

  private static final PublicKey USER = SecretKey.generate(new SecureRandom()).publicKey();
  private static final PublicKey OTHER = SecretKey.generate(new SecureRandom()).publicKey();

  private AppointmentsDBM appointments;
  private final TrackersDBM trackers = new TrackersDBM();
  private final UsersDBM users = new UsersDBM();
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();

  /** Behind all ids. */
  private static final byte[] END = {-1};

  @TempDir Path folder;
  private Path file;
  private Database database;

  @BeforeEach
  void open() throws Exception {
    file = folder.resolve("teos.sqlite");
    database = TestStore.open(file);
    appointments = new AppointmentsDBM(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static Locator locator(int i) {
    return Locator.fromHex("%032x".formatted(i));
  }

  private static StoredAppointment stored(int locator, PublicKey user, int blobLength) {
    return new StoredAppointment(
        new Appointment(locator(locator), new byte[blobLength], 4_294_967_295L),
        user,
        "signature",
        120);
  }

  private static final Optional<AppointmentKey> FIRST = Optional.empty();

  private final TrackerEventsDBM history = new TrackerEventsDBM();

  private static Tracker tracker(int locator, PublicKey user, int penalty, PenaltyStatus status) {
    byte[] penaltyTxid = new byte[32];
    penaltyTxid[0] = (byte) penalty;
    return new Tracker(
        locator(locator),
        user,
        1,
        Txid.ofInternal(new byte[32]),
        OptionalInt.empty(),
        Txid.ofInternal(penaltyTxid),
        status);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void store(StoredAppointment stored) {
    database.execute(
        handle -> {
          appointments.storeAppointment(handle, stored);
        });
  }

  @Test
  void whatIsWrittenIsThereAfterOpeningAgain() throws Exception {
    UserRecord user = new UserRecord(USER, Dialect.V1, 4_294_967_295L, 120, 4440);
    BlockId block = new BlockId("00".repeat(32), 7);
    database.execute(
        handle -> {
          users.store(handle, user);
          appointments.storeAppointment(handle, stored(1, USER, 100));
          appointments.storeKnownBlocks(handle, List.of(block));
        });
    database.close();
    database = TestStore.open(file);
    appointments = new AppointmentsDBM(database);
    assertThat(database.<Optional<UserRecord>>read(handle -> users.load(handle, USER)))
        .contains(user);
    assertThat(
            database.<Optional<StoredAppointment>>read(
                handle -> appointments.loadAppointment(handle, locator(1), USER)))
        .contains(stored(1, USER, 100));
    assertThat(database.<Optional<BlockId>>read(appointments::lastKnownBlock)).contains(block);
  }

  @Test
  void locatorsAreReadIntoMemoryInPieces() throws Exception {
    int many = 12_000;
    database.execute(
        handle -> {
          appointments.insertAppointments(
              handle, IntStream.range(0, many).mapToObj(i -> stored(i, USER, 100)).toList());
        });
    AppointmentsDBM fresh = new AppointmentsDBM(database);
    fresh.readLocators();
    while (passing(fresh, many, 2 * many) > many / 20) {
      Thread.sleep(20); // all pass until they are read
    }
    assertThat(passing(fresh, 0, many)).isEqualTo(many);
  }

  private static long passing(AppointmentsDBM table, int from, int to) {
    return IntStream.range(from, to).filter(i -> table.mayHold(locator(i))).count();
  }

  @Test
  void oneThatANewerProgramHasMadeIsLeftAlone() {
    database.write(
        handle ->
            handle.execute(
                "UPDATE flyway_schema_history SET version = '999' WHERE installed_rank ="
                    + " (SELECT MAX(installed_rank) FROM flyway_schema_history)"));
    database.close();
    assertThatThrownBy(() -> TestStore.open(file))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("version 999, which a newer java-teos has made");
  }

  @Test
  void sqliteHasItsLogAndLeavesTheSyncToUs() {
    assumeFalse(TestDatabase.isPostgres(), "of SQLite");
    String mode =
        database.write(
            handle ->
                handle.createQuery("PRAGMA journal_mode").mapTo(String.class).one()
                    + handle.createQuery("PRAGMA synchronous").mapTo(Integer.class).one());
    assertThat(mode).isEqualTo("wal1"); // 1 is NORMAL
  }

  @Test
  void oneThatFailsTakesNoneOfItsNeighboursWithIt() throws Exception {
    int writers = 200;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        int n = i;
        all.add(
            executor.submit(
                () ->
                    database.write(
                        handle -> {
                          appointments.storeAppointment(handle, stored(n, USER, 10));
                          if (n % 3 == 0) {
                            throw new IllegalArgumentException("no " + n);
                          }
                          return n;
                        })));
      }
      for (int i = 0; i < writers; i++) {
        Future<?> one = all.get(i);
        if (i % 3 == 0) {
          assertThatThrownBy(one::get).hasRootCauseMessage("no " + i);
        } else {
          assertThat(one.get()).isEqualTo(i);
        }
      }
    }
    List<Locator> kept = database.read(handle -> appointments.locatorsOf(handle, USER));
    assertThat(kept).hasSize(writers - 67).doesNotContain(locator(0), locator(3), locator(198));
  }

  @Test
  void whatIsSharedIsDoneTogetherAndFailsAlone() throws Exception {
    List<Integer> sizes = new CopyOnWriteArrayList<>();
    BatchedWrite<Integer, Integer> work =
        (handle, items) -> {
          sizes.add(items.size());
          appointments.insertAppointments(
              handle, items.stream().map(item -> stored(item, USER, 10)).toList());
          if (items.contains(7)) {
            throw new IllegalArgumentException("no 7");
          }
          return items.stream().map(item -> 2 * item).toList();
        };
    int writers = 100;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      CountDownLatch all = new CountDownLatch(1);
      Future<?> first =
          executor.submit(
              () ->
                  database.execute(
                      handle -> {
                        awaitQuietly(all);
                      }));
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        int item = i;
        results.add(executor.submit(() -> database.write(work, item)));
      }
      Thread.sleep(200); // so that most are waiting for the first
      all.countDown();
      first.get();
      for (int i = 0; i < writers; i++) {
        if (i == 7) {
          assertThatThrownBy(results.get(i)::get).hasRootCauseMessage("no 7");
        } else {
          assertThat(results.get(i).get()).isEqualTo(2 * i);
        }
      }
    }
    assertThat(sizes).anyMatch(size -> size > 1);
    List<Locator> kept = database.read(handle -> appointments.locatorsOf(handle, USER));
    assertThat(kept).hasSize(writers - 1).doesNotContain(locator(7));
  }

  @Test
  void arrivalsComeInTheirOrderAsFarAsTheLastOne() {
    ArrivalsDBM arrivals = new ArrivalsDBM();
    assertThat(database.<Optional<byte[]>>read(arrivals::last)).isEmpty();
    List<AppointmentKey> keys = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      keys.add(new AppointmentKey(locator(i), USER));
    }
    database.execute(
        handle -> {
          arrivals.add(handle, keys);
        });
    byte[] last = database.read(arrivals::last).orElseThrow();
    await(2); // milliseconds: what comes now is later
    database.execute(
        handle -> {
          arrivals.add(handle, List.of(new AppointmentKey(locator(10), USER)));
        });
    assertThat(database.<List<ArrivalsDBM.Arrival>>read(h -> arrivals.first(h, last, 100)))
        .extracting(ArrivalsDBM.Arrival::key)
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  private static void await(long millis) {
    long until = System.currentTimeMillis() + millis;
    while (System.currentTimeMillis() < until) {
      Thread.onSpinWait();
    }
  }

  @Test
  void anArrivalWhileAnEarlierOneIsHeardIsNotForgottenWithIt() {
    ArrivalsDBM arrivals = new ArrivalsDBM();
    AppointmentKey key = new AppointmentKey(locator(1), USER);
    for (int i = 0; i < 2; i++) {
      database.execute(
          handle -> {
            List<ArrivalsDBM.Arrival> earlier = arrivals.first(handle, END, 10);
            arrivals.add(handle, List.of(key));
            arrivals.delete(handle, earlier);
          });
      assertThat(
              database.<List<ArrivalsDBM.Arrival>>read(handle -> arrivals.first(handle, END, 10)))
          .extracting(ArrivalsDBM.Arrival::key)
          .containsExactly(key);
    }
  }

  @Test
  void aStatementThatFailsIsOneWritersOwnAffair() {
    assertThatThrownBy(() -> database.write(handle -> handle.execute("INSERT INTO nowhere")))
        .isInstanceOf(StorageException.class);
    store(stored(1, USER, 10));
    assertThat(appointments.countAppointments()).isEqualTo(1);
  }

  @Test
  void afterClosingNothingIsTaken() {
    database.close();
    assertThatThrownBy(() -> store(stored(1, USER, 10))).isInstanceOf(StorageException.class);
  }

  @Test
  void aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws Exception {
    Path other = Files.writeString(folder.resolve("other"), "this is not a database at all");
    assertThatThrownBy(() -> Database.open(other))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("other");
    assertThat(other).hasContent("this is not a database at all");
  }

  @Test
  void locatorsOfABlockAreLookedUpForAllUsersAndOnceAnsweredNoMore() {
    for (PublicKey user : List.of(USER, OTHER)) {
      database.execute(
          handle -> {
            users.store(handle, new UserRecord(user, Dialect.V2, 1, 120, 4440));
          });
    }
    store(stored(1, SecretKey.generate(new SecureRandom()).publicKey(), 30)); // no user any more
    store(stored(1, USER, 10));
    store(stored(1, OTHER, 20));
    store(stored(2, USER, 10));
    database.write(handle -> TestStore.storeTracker(handle, tracker(2, USER, 1, new Pending(1))));
    // More than fit into one query.
    List<Locator> block = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      block.add(locator(i));
    }
    List<StoredAppointment> found = new ArrayList<>();
    for (List<Locator> chunk :
        Batches.ofBytes(block, locator -> 1, WatchedAppointmentsDBM.MAX_LOCATORS)) {
      List<AppointmentKey> keys = watchedKeys(chunk, 10);
      assertThat(watchedKeys(chunk, 1)).hasSize(Math.min(keys.size(), 1));
      found.addAll(database.read(handle -> watched.loadWatched(handle, keys)));
    }
    assertThat(found).containsExactlyInAnyOrder(stored(1, USER, 10), stored(1, OTHER, 20));
    assertThat(watchedKeys(List.of(), 10)).isEmpty();
  }

  private List<AppointmentKey> watchedKeys(List<Locator> locators, int limit) {
    return database.read(handle -> watched.watchedKeys(handle, locators, limit)).stream()
        .map(WatchedAppointmentsDBM.StoredKey::key)
        .toList();
  }

  @Test
  void usersTakeTurnsByTheBytesOfTheirAppointments() {
    PublicKey victim = USER;
    PublicKey attacker = OTHER;
    for (PublicKey user : List.of(victim, attacker)) {
      database.execute(
          handle -> {
            users.store(handle, new UserRecord(user, Dialect.V2, 1, 120, 4440));
          });
    }
    List<Locator> block = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      block.add(locator(i));
      store(stored(i, attacker, i < 25 ? 100 : 400_000));
    }
    store(stored(7, victim, 300));
    store(stored(8, victim, 350));

    List<AppointmentKey> order = watchedKeys(block, 100);
    assertThat(order).hasSize(52);
    assertThat(order.indexOf(new AppointmentKey(locator(7), victim))).isEqualTo(1);
    assertThat(order.indexOf(new AppointmentKey(locator(8), victim))).isEqualTo(3);
    assertThat(order.getLast().user()).isEqualTo(attacker);
  }

  @Test
  void trackersKeepTheirStatus() {
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
      Tracker tracker = tracker(i, USER, i, statuses.get(i));
      assertThat(database.<Boolean>write(h -> TestStore.storeTracker(h, tracker))).isTrue();
      assertThat(database.<Boolean>write(h -> TestStore.storeTracker(h, tracker))).isFalse();
      assertThat(loaded(i).status()).isEqualTo(statuses.get(i));
      assertThat(loaded(i).disputeHeight()).isEmpty();
    }
    assertThat(database.<List<Tracker>>read(h -> trackers.unsettled(h, FIRST, 10))).hasSize(4);
    assertThat(database.<List<Txid>>read(h -> trackers.goneDisputes(h, 10))).hasSize(1);
    assertThat(database.<Long>read(trackers::count)).isEqualTo(5);
    assertThat(found(handle -> trackers.settledAtOrUnder(handle, 3, FIRST, 10))).isEmpty();
    assertThat(found(handle -> trackers.settledAtOrUnder(handle, 4, FIRST, 10))).containsExactly(4);
    assertThat(found(handle -> trackers.settledAtOrUnder(handle, 6, FIRST, 10)))
        .containsExactly(4, 5);
    assertThat(found(handle -> trackers.restingOnBlocksFrom(handle, 7, FIRST, 10))).isEmpty();
    assertThat(found(handle -> trackers.restingOnBlocksFrom(handle, 4, FIRST, 10)))
        .containsExactly(4, 5, 6);
    update(loaded(0).with(new Confirmed(9)).disputeAt(OptionalInt.of(7)));
    assertThat(loaded(0).status()).isEqualTo(new Confirmed(9));
    assertThat(loaded(0).disputeHeight()).hasValue(7);
    assertThat(found(handle -> trackers.restingOnBlocksFrom(handle, 7, FIRST, 10)))
        .containsExactly(0);
    update(loaded(0).with(new InMempool(9)));
    assertThat(found(handle -> trackers.restingOnBlocksFrom(handle, 7, FIRST, 10)))
        .containsExactly(0);
    assertThat(found(h -> trackers.withPenalty(h, loaded(2).penaltyTxid(), FIRST, 10)))
        .containsExactly(2);
  }

  @Test
  void historyIsKeptInItsOrderAndGoesWithItsTracker() {
    Tracker tracker = tracker(1, USER, 1, new Pending(1));
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

  @Test
  void theLastBlocksAreKnown() {
    List<BlockId> chain =
        IntStream.range(0, 1_100).mapToObj(height -> new BlockId("a" + height, height)).toList();
    know(chain.subList(0, 1_000));
    know(chain.subList(1_000, 1_100));
    assertThat(database.<List<BlockId>>read(appointments::knownBlocks))
        .isEqualTo(chain.subList(1_100 - AppointmentsDBM.KNOWN_BLOCKS, 1_100));
    // A reorg of three blocks.
    know(List.of(chain.get(1_096)));
    BlockId other = new BlockId("b1097", 1_097);
    know(List.of(other));
    assertThat(database.<Optional<BlockId>>read(appointments::lastKnownBlock)).contains(other);
    assertThat(database.<List<BlockId>>read(appointments::knownBlocks))
        .containsSubsequence(chain.get(1_095), chain.get(1_096), other)
        .doesNotContain(chain.get(1_097));
  }

  private void know(List<BlockId> blocks) {
    database.execute(
        handle -> {
          appointments.storeKnownBlocks(handle, blocks);
        });
  }

  private Tracker loaded(int locator) {
    return database.read(h -> trackers.load(h, locator(locator), USER)).orElseThrow();
  }

  private void update(Tracker tracker) {
    database.execute(
        handle -> {
          trackers.update(handle, tracker);
        });
  }

  /** By the first byte of their penalty's txid, which is their number. */
  private List<Integer> found(Function<Handle, List<Tracker>> query) {
    return database.read(query).stream()
        .map(tracker -> (int) tracker.penaltyTxid().internal()[0])
        .sorted()
        .toList();
  }
}
