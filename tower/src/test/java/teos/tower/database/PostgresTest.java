package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.testkit.FaultyLink;
import teos.testkit.PostgresServer;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** What is PostgreSQL's own: a server that goes away, is set wrongly, or has several writers. */
class PostgresTest {

  private static PostgresServer server;

  private final UsersDBM users = new UsersDBM();

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static PostgresAddress address(String name) throws Exception {
    return new PostgresAddress(server.url(name), "", "");
  }

  private static UserRecord user(long slots) {
    PublicKey id = SecretKey.generate(new SecureRandom()).publicKey();
    return new UserRecord(id, Dialect.V2, slots, 1, 1_000);
  }

  private boolean insert(Database database, UserRecord user) {
    return database.write(handle -> users.insert(handle, user));
  }

  private Optional<UserRecord> load(Database database, UserRecord user) {
    return database.read(handle -> users.load(handle, user.id()));
  }

  @Test
  void aServerThatWasKilledIsUsedAgainWhenItIsBack() throws Exception {
    UserRecord before = user(1);
    UserRecord after = user(2);
    try (Database database = Database.open(address("killed"))) {
      insert(database, before);
      server.kill();
      StorageException away =
          catchThrowableOfType(StorageException.class, () -> insert(database, after));
      assertThat(away.isFatal()).isFalse();
      assertThatThrownBy(() -> load(database, before)).isInstanceOf(StorageException.class);
      server.restart();
      assertThat(insert(database, after)).isTrue();
      assertThat(load(database, before)).contains(before);
      assertThat(load(database, after)).contains(after);
    } finally {
      server.kill();
      server.restart();
    }
  }

  @Test
  void aConnectionThatIsLostWithinAWriteTakesOnlyThatWrite() throws Exception {
    UserRecord lost = user(1);
    UserRecord kept = user(2);
    try (Database database = Database.open(address("lost"))) {
      assertThatThrownBy(
              () ->
                  database.execute(
                      handle -> {
                        users.insert(handle, lost);
                        handle.execute("SELECT pg_terminate_backend(pg_backend_pid())");
                      }))
          .isInstanceOf(StorageException.class);
      assertThat(insert(database, kept)).isTrue();
      assertThat(load(database, lost)).isEmpty();
    }
  }

  @Test
  void unusedSessionsLapseAndAreDeleted() throws Exception {
    SessionsDBM sessions = new SessionsDBM();
    JusticePolicy policy = JusticePolicy.altruist(new BlobType(0b10), 2_500);
    try (Database database = Database.open(address("sessions"))) {
      for (int i = 1; i <= 3; i++) {
        SessionRecord session =
            SessionRecord.opened(user(i).id(), policy, new byte[0], 10, 100 + i);
        SessionRecord stored = i == 3 ? session.applied(1, 0, true) : session;
        database.execute(
            handle -> {
              sessions.store(handle, stored);
            });
      }
      assertThat(database.<Long>write(handle -> sessions.lapseUnused(handle, 200, 1)))
          .isEqualTo(10);
      assertThat(database.<Long>write(handle -> sessions.deleteUnused(handle, 200, 9)))
          .isEqualTo(10); // of two sessions, one of which has lapsed
      assertThat(database.<Long>read(sessions::count)).isEqualTo(1);
    }
  }

  @Test
  void aServerThatMayLoseCommitsIsRefused() throws Exception {
    try (PostgresServer careless = PostgresServer.start("fsync=off")) {
      PostgresAddress address = new PostgresAddress(careless.url("teos"), "", "");
      StorageException refused =
          catchThrowableOfType(StorageException.class, () -> Database.open(address));
      assertThat(refused.fault()).contains(StorageFault.NOT_DURABLE);
      assertThat(refused).hasMessageContaining("fsync=off").hasMessageContaining("set it to on");
    }
    server.query("postgres", "ALTER SYSTEM SET synchronous_commit = off");
    server.query("postgres", "SELECT pg_reload_conf()");
    try {
      assertThatThrownBy(() -> Database.open(address("asynchronous")))
          .hasMessageContaining("synchronous_commit=off");
    } finally {
      server.query("postgres", "ALTER SYSTEM RESET synchronous_commit");
      server.query("postgres", "SELECT pg_reload_conf()");
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsNamedWithoutItsPassword() throws Exception {
    String url = server.url("here").replace("/here?", "/nowhere?") + "&password=secret";
    assertThatThrownBy(() -> Database.open(new PostgresAddress(url, "", "hidden")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("nowhere")
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("hidden");
  }

  @Test
  void whoReadsToWriteKeepsOtherProcessesOff() throws Exception {
    int times = 200;
    UserRecord user = user(0);
    try (Database one = Database.open(address("two"));
        Database other = Database.open(address("two"));
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      insert(one, user);
      assertThat(insert(other, user)).isFalse();
      Future<?> first = executor.submit(() -> addSlots(one, user, times));
      Future<?> second = executor.submit(() -> addSlots(other, user, times));
      first.get();
      second.get();
      assertThat(load(one, user)).contains(user.withSlots(2L * times));
    }
  }

  private void addSlots(Database database, UserRecord user, int times) {
    for (int i = 0; i < times; i++) {
      database.execute(
          handle -> {
            UserRecord now = users.load(handle, user.id()).orElseThrow();
            users.store(handle, now.withSlots(now.availableSlots() + 1));
          });
    }
  }

  @Test
  void aDeadlockIsBegunAnew() throws Exception {
    UserRecord a = user(0);
    UserRecord b = user(0);
    try (Database one = Database.open(address("deadlock"));
        Database other = Database.open(address("deadlock"));
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      insert(one, a);
      insert(one, b);
      CountDownLatch both = new CountDownLatch(2);
      Future<?> first = executor.submit(() -> addToBoth(one, a, b, both));
      Future<?> second = executor.submit(() -> addToBoth(other, b, a, both));
      first.get();
      second.get();
      assertThat(load(one, a)).contains(a.withSlots(2));
      assertThat(load(one, b)).contains(b.withSlots(2));
    }
  }

  private void addToBoth(
      Database database, UserRecord first, UserRecord second, CountDownLatch bothHaveOne) {
    database.execute(
        handle -> {
          addOne(handle, first);
          bothHaveOne.countDown();
          try {
            bothHaveOne.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          addOne(handle, second);
        });
  }

  private void addOne(Handle handle, UserRecord user) {
    UserRecord now = users.load(handle, user.id()).orElseThrow();
    users.store(handle, now.withSlots(now.availableSlots() + 1));
  }

  private static void runOut(String name) throws Exception {
    server.query(name, "UPDATE lease SET expires = CURRENT_TIMESTAMP - INTERVAL '1 second'");
  }

  @Test
  void oneHasTheLeaseAndAnotherTakesItWhenItHasRunOut() throws Exception {
    try (Database one = Database.open(address("lease"));
        Database other = Database.open(address("lease"));
        Lease first = one.lease().orElseThrow();
        Lease second = other.lease().orElseThrow()) {
      assertThat(one.read(Lease::seen).held()).isFalse();
      assertThat(first.take("one")).isTrue();
      assertThat(second.take("other")).isFalse();
      assertThat(other.read(Lease::seen)).isEqualTo(new Lease.Seen("one", true, Optional.empty()));
      Lease.Trouble away = new Lease.Trouble(true, "bitcoind is on another chain");
      first.renew(Optional.of(away));
      assertThat(other.read(Lease::seen).trouble()).contains(away);

      runOut("lease");
      first.renew(Optional.empty()); // nobody was quicker
      assertThat(second.take("other")).isFalse();
      first.release();
      assertThat(second.take("other")).isTrue();
      assertThat(first.take("one")).isFalse();
      // One that was killed has not given it back, and is started again in its folder.
      assertThat(second.take("other")).isTrue();
    }
  }

  @Test
  void whatComesFromOneThatHasLostTheLeaseIsNotWritten() throws Exception {
    UserRecord early = user(1);
    UserRecord late = user(2);
    UserRecord free = user(3);
    List<StorageException> told = new ArrayList<>();
    try (Database one = Database.open(address("fence"));
        Database other = Database.open(address("fence"));
        Database frontEnd = Database.open(address("fence"));
        Lease first = one.lease().orElseThrow();
        Lease second = other.lease().orElseThrow()) {
      one.onFault(told::add);
      first.take("one");
      assertThat(insert(one, early)).isTrue();
      runOut("fence");
      second.take("other");
      StorageException refused =
          catchThrowableOfType(StorageException.class, () -> insert(one, late));
      assertThat(refused.fault()).contains(StorageFault.LEASE_LOST);
      assertThat(told).singleElement().extracting(StorageException::isFatal).isEqualTo(true);
      assertThat(load(other, early)).contains(early);
      assertThat(load(other, late)).isEmpty();
      assertThat(insert(other, late)).isTrue();
      assertThat(insert(frontEnd, free)).isTrue();
      assertThatThrownBy(() -> first.renew(Optional.empty())).isInstanceOf(StorageException.class);
    }
  }

  /** The lease is not taken between a write's last look at it and its commit. */
  @Test
  void aWriteThatIsUnderWayIsWaitedFor() throws Exception {
    UserRecord user = user(1);
    CountDownLatch taking = new CountDownLatch(1);
    try (Database one = Database.open(address("underway"));
        Database other = Database.open(address("underway"));
        Lease first = one.lease().orElseThrow();
        Lease second = other.lease().orElseThrow();
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      first.take("one");
      runOut("underway");
      Future<Boolean> written =
          executor.submit(
              () ->
                  one.write(
                      handle -> {
                        Lease.epoch(handle); // as the fence does
                        taking.countDown();
                        boolean stored = users.insert(handle, user);
                        handle.execute("SELECT pg_sleep(0.5)");
                        return stored;
                      }));
      taking.await();
      assertThat(second.take("other")).isTrue();
      assertThat(load(other, user)).contains(user);
      assertThat(written.get()).isTrue();
    }
  }

  @Test
  void whatAnotherProcessStoresIsCountedAndKnown() throws Exception {
    UserRecord user = user(1);
    StoredAppointment stored =
        new StoredAppointment(
            new Appointment(Locator.fromHex("ab".repeat(16)), new byte[10], 20),
            user.id(),
            "signature",
            120);
    try (Database one = Database.open(address("shared"));
        Database other = Database.open(address("shared"))) {
      AppointmentsDBM here = new AppointmentsDBM(one);
      AppointmentsDBM there = new AppointmentsDBM(other);
      here.readLocators();
      store(other, there, stored);
      // Not in the filter of locators yet, and all the same the second of its key.
      store(one, here, stored);
      assertThat(one.<List<Locator>>read(handle -> here.locatorsOf(handle, user.id())))
          .containsExactly(stored.appointment().locator());
      List<PublicKey> asked = List.of(user.id(), user(1).id());
      assertThat(one.<Map<PublicKey, Long>>read(handle -> here.countsOf(handle, asked)))
          .isEqualTo(Map.of(user.id(), 1L));
      here.recount();
      there.recount();
      assertThat(here.areAtLeast(1)).isTrue();
      assertThat(there.areAtLeast(1)).isTrue();
      assertThat(there.areAtLeast(2)).isFalse();
    }
  }

  private static void store(
      Database database, AppointmentsDBM appointments, StoredAppointment stored) {
    database.execute(
        handle -> {
          appointments.storeAppointment(handle, stored);
        });
  }

  @Test
  void tablesThatAnotherTowerWatchesByAreNotChangedUnderIt() throws Exception {
    PostgresAddress address = address("watched");
    try (Database database = Database.open(address);
        Lease lease = database.lease().orElseThrow()) {
      assertThat(lease.take("first:/data")).isTrue();
      Database.open(address).close(); // up to date: nothing is changed
      server.query(
          "watched",
          "DELETE FROM flyway_schema_history WHERE installed_rank ="
              + " (SELECT MAX(installed_rank) FROM flyway_schema_history)");
      assertThatThrownBy(() -> Database.open(address))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("first:/data watches by these: stop it");
    }
  }

  /** The link swallows all, as a firewall does that has forgotten a connection. */
  @Test
  void aHolderThatIsCutOffNoticesAndIsReplacedAndWritesNothingAfterwards() throws Exception {
    String url = server.url("cut");
    URI behind = URI.create(url.substring("jdbc:".length()));
    try (FaultyLink link = FaultyLink.to(behind.getPort());
        Database first = Database.open(throughLink(url, behind, link));
        Lease lease = first.lease().orElseThrow();
        Database second = Database.open(address("cut"));
        Lease next = second.lease().orElseThrow()) {
      assertThat(lease.take("first")).isTrue();
      assertThat(next.take("second")).isFalse();
      link.setQuietly(new FaultyLink.Fault.BlackHole());
      StorageException away =
          catchThrowableOfType(StorageException.class, () -> lease.renew(Optional.empty()));
      assertThat(away.isFatal()).isFalse();
      while (!next.take("second")) {
        Thread.sleep(100); // it takes for ever if the lease does not run out
      }
      link.set(new FaultyLink.Fault.None());
      StorageException lost =
          catchThrowableOfType(
              StorageException.class,
              () -> {
                while (true) {
                  renewOrWait(lease);
                }
              });
      assertThat(lost.fault()).contains(StorageFault.LEASE_LOST);
      assertThatThrownBy(() -> insert(first, user(1)))
          .isInstanceOfSatisfying(
              StorageException.class, e -> assertThat(e.fault()).contains(StorageFault.LEASE_LOST));
      assertThat(insert(second, user(2))).isTrue();
    }
  }

  private static PostgresAddress throughLink(String url, URI behind, FaultyLink link) {
    String changed = url.replace(":" + behind.getPort() + "/", ":" + link.port() + "/");
    return new PostgresAddress(changed, "", "");
  }

  private static void renewOrWait(Lease lease) throws InterruptedException {
    try {
      lease.renew(Optional.empty());
      throw new AssertionError("renewed, though another has it");
    } catch (StorageException e) {
      if (e.isFatal()) {
        throw e;
      }
      Thread.sleep(100); // the old connection, which is found to be dead
    }
  }
}
