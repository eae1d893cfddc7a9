package teos.tower.gatekeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TestStore;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;
import teos.tower.store.WatchedAppointmentsDBM;

/** Subscriptions of 10 blocks, whose data is kept for 2 more, in a database on disk. */
class ExpiredUserPurgerTest {

  private static final SubscriptionTerms TERMS = new SubscriptionTerms(10_000, 10, 2);
  private static final int START = 100;
  private static final int END = START + 10 + 2;
  private static final int MORE_THAN_ONE_BLOCK_PURGES = 7_000;

  @TempDir Path folder;

  private final UsersDBM users = new UsersDBM();
  private Database database;
  private AppointmentsDBM appointments;
  private Gatekeeper gatekeeper;

  @BeforeEach
  void open() throws Exception {
    database = TestStore.open(folder.resolve("teos.sqlite"));
    appointments = new AppointmentsDBM(database);
    gatekeeper =
        new Gatekeeper(
            database,
            users,
            appointments,
            new TrackersDBM(),
            new Capacity(database, 1_000_000),
            TERMS,
            START);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private PublicKey register() {
    PublicKey user = SecretKey.generate(new SecureRandom()).publicKey();
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    return user;
  }

  private static Locator locator(int number) {
    return new Locator(ByteBuffer.allocate(Locator.LENGTH).putInt(number).array());
  }

  private void add(PublicKey user, int from, int count) {
    List<StoredAppointment> fresh = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      Appointment appointment = new Appointment(locator(i), new byte[40], 144);
      fresh.add(new StoredAppointment(appointment, user, "signature", START));
    }
    database.execute(
        handle -> {
          appointments.insertAppointments(handle, fresh);
        });
  }

  private long left() {
    return database.<Long>read(
        handle -> handle.createQuery("SELECT COUNT(*) FROM appointments").mapTo(Long.class).one());
  }

  private List<WatchedAppointmentsDBM.StoredKey> watched(Locator locator) {
    WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();
    return database.read(handle -> watched.watchedKeys(handle, List.of(locator), 10));
  }

  private void awaitLeft(long expected) throws InterruptedException {
    for (int i = 0; i < 600 && left() != expected; i++) {
      Thread.sleep(50);
    }
    assertThat(left()).isEqualTo(expected);
  }

  @Test
  void purge_fewAppointments_isCompleteAfterTheBlock() {
    add(register(), 0, 900);
    gatekeeper.blockConnected(END - 1);
    assertThat(left()).isEqualTo(900);
    gatekeeper.blockConnected(END);
    assertThat(left()).isZero();
  }

  @Test
  void purge_manyAppointments_areNotWatchedAndAllDeletedLater() throws Exception {
    PublicKey user = register();
    add(user, 0, MORE_THAN_ONE_BLOCK_PURGES);
    gatekeeper.blockConnected(START + 5);
    PublicKey other = register();
    add(other, MORE_THAN_ONE_BLOCK_PURGES, 1);
    gatekeeper.blockConnected(END);
    assertThat(gatekeeper.user(user)).isEmpty();
    assertThat(watched(locator(MORE_THAN_ONE_BLOCK_PURGES - 1))).isEmpty();
    awaitLeft(1);
    assertThat(watched(locator(MORE_THAN_ONE_BLOCK_PURGES))).hasSize(1);
  }

  @Test
  void register_duringThePurge_startsWithoutEarlierAppointments() throws Exception {
    PublicKey user = register();
    add(user, 0, MORE_THAN_ONE_BLOCK_PURGES);
    gatekeeper.blockConnected(END);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    add(user, 0, 3);
    assertThat(left()).isEqualTo(3);
    assertThat(watched(locator(4))).isEmpty();
    gatekeeper.blockConnected(END + 1);
    assertThat(left()).isEqualTo(3);
  }

  @Test
  void restart_duringThePurge_continues() throws Exception {
    PublicKey user = register();
    add(user, 0, MORE_THAN_ONE_BLOCK_PURGES);
    database.execute(
        handle -> {
          users.markForPurge(handle, List.of(user));
        });
    close();
    open();
    assertThat(left()).isEqualTo(MORE_THAN_ONE_BLOCK_PURGES);
    gatekeeper.blockConnected(START + 1);
    awaitLeft(0);
  }
}
