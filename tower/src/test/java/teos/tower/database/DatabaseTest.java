package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.BlockId;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.testkit.TestDatabase;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TestStore;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** Transactions, group commit and opening, on either database. */
class DatabaseTest {

  private static final PublicKey USER = TestStore.newUser();

  private AppointmentsDBM appointments;
  private final UsersDBM users = new UsersDBM();
  private final KnownBlocksDBM knownBlocks = new KnownBlocksDBM();

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
  void recordsSurviveReopening() throws Exception {
    UserRecord user = new UserRecord(USER, Dialect.V1, 4_294_967_295L, 120, 4440);
    BlockId block = new BlockId("00".repeat(32), 7);
    database.execute(
        handle -> {
          users.store(handle, user);
          appointments.storeAppointment(handle, TestStore.appointment(1, USER, 100));
          knownBlocks.store(handle, List.of(block));
        });
    database.close();
    database = TestStore.open(file);
    appointments = new AppointmentsDBM(database);
    assertThat(database.<Optional<UserRecord>>read(handle -> users.load(handle, USER)))
        .contains(user);
    assertThat(
            database.<Optional<StoredAppointment>>read(
                handle -> appointments.loadAppointment(handle, TestStore.locator(1), USER)))
        .contains(TestStore.appointment(1, USER, 100));
    assertThat(database.<Optional<BlockId>>read(knownBlocks::last)).contains(block);
  }

  @Test
  void open_databaseOfANewerVersion_isRejected() {
    database.write(
        handle ->
            handle.execute(
                "UPDATE flyway_schema_history SET version = '999' WHERE installed_rank ="
                    + " (SELECT MAX(installed_rank) FROM flyway_schema_history)"));
    database.close();
    assertThatThrownBy(() -> TestStore.open(file))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("version 999, from a newer java-teos");
  }

  @Test
  void sqliteUsesWalWithSynchronousNormal() {
    assumeFalse(TestDatabase.isPostgres(), "SQLite only");
    String mode =
        database.write(
            handle ->
                handle.createQuery("PRAGMA journal_mode").mapTo(String.class).one()
                    + handle.createQuery("PRAGMA synchronous").mapTo(Integer.class).one());
    assertThat(mode).isEqualTo("wal1"); // 1 is NORMAL
  }

  @Test
  void failedWriteDoesNotAffectOthersOfItsGroup() throws Exception {
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
                          appointments.storeAppointment(handle, TestStore.appointment(n, USER, 10));
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
    assertThat(kept)
        .hasSize(writers - 67)
        .doesNotContain(TestStore.locator(0), TestStore.locator(3), TestStore.locator(198));
  }

  @Test
  void batchedWritesRunTogetherAndFailAlone() throws Exception {
    List<Integer> sizes = new CopyOnWriteArrayList<>();
    BatchedWrite<Integer, Integer> work =
        (handle, items) -> {
          sizes.add(items.size());
          appointments.insertAppointments(
              handle, items.stream().map(item -> TestStore.appointment(item, USER, 10)).toList());
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
    assertThat(kept).hasSize(writers - 1).doesNotContain(TestStore.locator(7));
  }

  @Test
  void failedStatementAffectsOnlyItsWriter() {
    assertThatThrownBy(() -> database.write(handle -> handle.execute("INSERT INTO nowhere")))
        .isInstanceOf(StorageException.class);
    store(TestStore.appointment(1, USER, 10));
    assertThat(appointments.countAppointments()).isEqualTo(1);
  }

  @Test
  void write_afterClose_throws() {
    database.close();
    assertThatThrownBy(() -> store(TestStore.appointment(1, USER, 10)))
        .isInstanceOf(StorageException.class);
  }

  @Test
  void open_fileThatIsNotADatabase_isRejectedAndUnchanged() throws Exception {
    Path other = Files.writeString(folder.resolve("other"), "this is not a database at all");
    assertThatThrownBy(() -> Database.open(other))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("other");
    assertThat(other).hasContent("this is not a database at all");
  }
}
