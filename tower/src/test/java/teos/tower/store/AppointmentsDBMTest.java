package teos.tower.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.PublicKey;
import teos.tower.database.Database;

/** Appointments and the filter over their locators, on either database. */
class AppointmentsDBMTest {

  private static final PublicKey USER = TestStore.newUser();

  @OpenDatabase private Database database;
  private AppointmentsDBM appointments;

  @BeforeEach
  void open() {
    appointments = new AppointmentsDBM(database);
  }

  @Test
  void loadLocators_manyAppointments_loadsAllInBatches() throws Exception {
    int many = 12_000;
    database.execute(
        handle -> {
          appointments.insertAppointments(
              handle,
              IntStream.range(0, many).mapToObj(i -> TestStore.appointment(i, USER, 100)).toList());
        });
    AppointmentsDBM fresh = new AppointmentsDBM(database);
    fresh.loadLocators();
    while (passing(fresh, many, 2 * many) > many / 20) {
      Thread.sleep(20); // all pass until they are loaded
    }
    assertThat(passing(fresh, 0, many)).isEqualTo(many);
  }

  private static long passing(AppointmentsDBM table, int from, int to) {
    return IntStream.range(from, to).filter(i -> table.mightContain(TestStore.locator(i))).count();
  }
}
