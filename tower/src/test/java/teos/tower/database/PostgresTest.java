package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static teos.tower.database.TestUsers.insert;
import static teos.tower.database.TestUsers.load;
import static teos.tower.database.TestUsers.user;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.testkit.PostgresServer;
import teos.testkit.junit.TestPostgres;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Behaviour that only PostgreSQL has: a server that becomes unavailable, unsafe settings, and
 * several writers.
 */
@Tag("postgres")
class PostgresTest {

  @TestPostgres private static PostgresServer server;

  private final UsersDBM users = new UsersDBM();

  private static PostgresAddress address(String name) throws Exception {
    return new PostgresAddress(server.url(name), "", "");
  }

  @Test
  void write_afterServerRestart_succeedsAgain() throws Exception {
    UserRecord before = user(1);
    UserRecord after = user(2);
    try (Database database = Database.open(address("killed"))) {
      insert(database, before);
      server.kill();
      StorageException unavailable =
          catchThrowableOfType(StorageException.class, () -> insert(database, after));
      assertThat(unavailable.isFatal()).isFalse();
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
  void write_connectionLost_failsAloneAndIsRolledBack() throws Exception {
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
  void lapseAndDeleteUnused_returnTheReservedSlots() throws Exception {
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
          .isEqualTo(10); // two sessions, one of which has lapsed
      assertThat(database.<Long>read(sessions::count)).isEqualTo(1);
    }
  }

  @Test
  void open_serverThatMayLoseCommits_isRejected() throws Exception {
    try (PostgresServer unsafe = PostgresServer.start("fsync=off")) {
      PostgresAddress address = new PostgresAddress(unsafe.url("teos"), "", "");
      StorageException rejected =
          catchThrowableOfType(StorageException.class, () -> Database.open(address));
      assertThat(rejected.fault()).contains(StorageFault.NOT_DURABLE);
      assertThat(rejected).hasMessageContaining("fsync=off").hasMessageContaining("set it to on");
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
  void open_missingDatabase_isNamedWithoutItsPassword() throws Exception {
    String url = server.url("here").replace("/here?", "/nowhere?") + "&password=secret";
    assertThatThrownBy(() -> Database.open(new PostgresAddress(url, "", "hidden")))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("nowhere")
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("hidden");
  }

  @Test
  void readForUpdate_locksTheRowAgainstOtherProcesses() throws Exception {
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
  void write_deadlock_isRetried() throws Exception {
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

  @Test
  void appointmentsOfAnotherProcess_areCountedAndReplaced() throws Exception {
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
      here.loadLocators();
      store(other, there, stored);
      // Not in the locator filter yet, but it has to replace the stored one.
      store(one, here, stored);
      assertThat(one.<List<Locator>>read(handle -> here.locatorsOf(handle, user.id())))
          .containsExactly(stored.appointment().locator());
      List<PublicKey> asked = List.of(user.id(), user(1).id());
      assertThat(one.<Map<PublicKey, Long>>read(handle -> here.countByUser(handle, asked)))
          .isEqualTo(Map.of(user.id(), 1L));
      here.recount();
      there.recount();
      assertThat(here.hasAtLeast(1)).isTrue();
      assertThat(there.hasAtLeast(1)).isTrue();
      assertThat(there.hasAtLeast(2)).isFalse();
    }
  }

  private static void store(
      Database database, AppointmentsDBM appointments, StoredAppointment stored) {
    database.execute(
        handle -> {
          appointments.storeAppointment(handle, stored);
        });
  }
}
