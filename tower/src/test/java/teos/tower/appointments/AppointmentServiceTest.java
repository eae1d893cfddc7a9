package teos.tower.appointments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.testkit.PostgresServer;
import teos.testkit.junit.TestPostgres;
import teos.tower.database.Database;
import teos.tower.database.PostgresAddress;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.OutboxDBM;
import teos.tower.store.TestStore;
import teos.tower.store.TrackersDBM;

/** Two front ends, each with its own connections, on one database. */
@Tag("postgres")
class AppointmentServiceTest {

  private static final Locator LOCATOR = Locator.fromHex("ab".repeat(16));
  private static final String DATABASE = "frontends";
  private static final int RACES = 50;

  @TestPostgres private static PostgresServer server;

  private final PublicKey user = SecretKey.generate(new SecureRandom()).publicKey();
  private final TrackersDBM trackers = new TrackersDBM();
  private FrontEnd one;
  private FrontEnd other;

  private final class FrontEnd implements AutoCloseable {
    private final Database database;
    private final Gatekeeper gatekeeper;
    private final AppointmentService service;

    FrontEnd() throws Exception {
      database = Database.open(new PostgresAddress(server.url(DATABASE), "", ""));
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      gatekeeper = TestParts.gatekeeper(database, appointments, trackers);
      service = AppointmentService.frontEnd(database, appointments, trackers, gatekeeper);
    }

    AppointmentAccepted add(Locator locator, int slots) throws AppointmentRejectedException {
      return service.addAppointment(
          new Appointment(locator, new byte[2_048 * slots], 20), "signature", user);
    }

    @Override
    public void close() {
      database.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    one = new FrontEnd();
    other = new FrontEnd();
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
  }

  private static Locator locator(int number) {
    return Locator.fromHex("%032x".formatted(number));
  }

  private long slots() {
    return one.gatekeeper.user(user).orElseThrow().availableSlots();
  }

  @Test
  void concurrentRegistrationsAddUp() throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> first = executor.submit(() -> one.gatekeeper.addOrUpdateUser(user, Dialect.V2));
      Future<?> second = executor.submit(() -> other.gatekeeper.addOrUpdateUser(user, Dialect.V2));
      first.get();
      second.get();
    }
    assertThat(slots()).isEqualTo(200);
  }

  /** Slots are charged once for an appointment, in whatever order its versions arrive. */
  @Test
  void sameAppointmentsAtBothFrontEndsCostSlotsOnce() throws Exception {
    for (int i = 0; i < RACES; i++) {
      one.gatekeeper.addOrUpdateUser(user, Dialect.V2);
    }
    long before = slots();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < RACES; i++) {
        Locator same = locator(i);
        Future<?> first = executor.submit(() -> one.add(same, 1));
        Future<?> second = executor.submit(() -> other.add(same, 1));
        first.get();
        second.get();
      }
    }
    assertThat(slots()).isEqualTo(before - RACES);
    assertThat(one.service.locatorsOf(user)).hasSize(RACES);
    List<OutboxDBM.OutboxEntry> arrived =
        one.database.read(handle -> new OutboxDBM().entriesUpTo(handle, new byte[] {-1}, 1_000));
    assertThat(arrived)
        .extracting(OutboxDBM.OutboxEntry::key)
        .contains(new AppointmentKey(locator(RACES - 1), user));
  }

  /** No receipt is given for a version other than the one being answered. */
  @Test
  void updateWaitsForConcurrentAnswer() throws Exception {
    one.gatekeeper.addOrUpdateUser(user, Dialect.V2);
    one.add(LOCATOR, 1);
    CountDownLatch answering = new CountDownLatch(1);
    CountDownLatch updating = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> answer =
          executor.submit(
              () ->
                  one.database.write(
                      handle -> {
                        one.gatekeeper.lock(handle, List.of(user));
                        answering.countDown();
                        awaitQuietly(updating);
                        return TestStore.storeTracker(handle, TestParts.tracker(LOCATOR, user));
                      }));
      answering.await();
      Future<?> update = executor.submit(() -> other.add(LOCATOR, 1));
      while (server
          .query(DATABASE, "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
          .equals("0")) {
        Thread.sleep(Duration.ofMillis(20));
      }
      updating.countDown();
      assertThat(answer.get()).isTrue();
      assertThatThrownBy(update::get)
          .hasCauseInstanceOf(AppointmentRejectedException.class)
          .hasMessageContaining("answered already");
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
