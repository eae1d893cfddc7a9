package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.store.PenaltyStatus.Pending;

/** Search of watched appointments by locator, on either database. */
class WatchedAppointmentsDBMTest {

  private static final PublicKey USER = TestStore.newUser();
  private static final PublicKey OTHER = TestStore.newUser();

  private final UsersDBM users = new UsersDBM();
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();

  @OpenDatabase private Database database;
  private AppointmentsDBM appointments;

  @BeforeEach
  void open() {
    appointments = new AppointmentsDBM(database);
  }

  @Test
  void watchedKeys_locatorsOfABlock_findsAllUsersWithoutAnsweredOnes() {
    for (PublicKey user : List.of(USER, OTHER)) {
      database.execute(
          handle -> {
            users.store(handle, new UserRecord(user, Dialect.V2, 1, 120, 4440));
          });
    }
    store(TestStore.appointment(1, TestStore.newUser(), 30)); // not a registered user
    store(TestStore.appointment(1, USER, 10));
    store(TestStore.appointment(1, OTHER, 20));
    store(TestStore.appointment(2, USER, 10));
    database.write(
        handle -> TestStore.storeTracker(handle, TestStore.tracker(2, USER, 1, new Pending(1))));
    // More locators than fit into one query.
    List<Locator> block = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      block.add(TestStore.locator(i));
    }
    List<StoredAppointment> found = new ArrayList<>();
    for (List<Locator> chunk :
        Batches.ofBytes(block, locator -> 1, WatchedAppointmentsDBM.MAX_LOCATORS)) {
      List<AppointmentKey> keys = watchedKeys(chunk, 10);
      assertThat(watchedKeys(chunk, 1)).hasSize(Math.min(keys.size(), 1));
      found.addAll(database.read(handle -> watched.loadWatched(handle, keys)));
    }
    assertThat(found)
        .containsExactlyInAnyOrder(
            TestStore.appointment(1, USER, 10), TestStore.appointment(1, OTHER, 20));
    assertThat(watchedKeys(List.of(), 10)).isEmpty();
  }

  @Test
  void watchedKeys_manyAndLargeAppointmentsOfOneUser_doNotDelayAnother() {
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
      block.add(TestStore.locator(i));
      store(TestStore.appointment(i, attacker, i < 25 ? 100 : 400_000));
    }
    store(TestStore.appointment(7, victim, 300));
    store(TestStore.appointment(8, victim, 350));

    List<AppointmentKey> order = watchedKeys(block, 100);
    assertThat(order).hasSize(52);
    assertThat(order.indexOf(new AppointmentKey(TestStore.locator(7), victim))).isEqualTo(1);
    assertThat(order.indexOf(new AppointmentKey(TestStore.locator(8), victim))).isEqualTo(3);
    assertThat(order.getLast().user()).isEqualTo(attacker);
  }

  private List<AppointmentKey> watchedKeys(List<Locator> locators, int limit) {
    return database.read(handle -> watched.watchedKeys(handle, locators, limit)).stream()
        .map(WatchedAppointmentsDBM.StoredKey::key)
        .toList();
  }

  private void store(StoredAppointment stored) {
    database.execute(
        handle -> {
          appointments.storeAppointment(handle, stored);
        });
  }
}
