package teos.tower.appointments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TestStore;
import teos.tower.store.TrackersDBM;

/** A dispute is still answered if its appointment was deleted with the subscription. */
class AnsweredAlreadyTest {

  private static final Locator ANSWERED = Locator.fromHex("ab".repeat(16));
  private static final Locator OTHER = Locator.fromHex("cd".repeat(16));

  private final PublicKey user = SecretKey.generate(new SecureRandom()).publicKey();
  private final TrackersDBM trackers = new TrackersDBM();

  @TempDir Path folder;

  @Test
  void addAppointment_trackerWithoutAppointment_isRejectedAfterRestart() throws Exception {
    try (Database database = TestStore.open(folder.resolve("db"))) {
      assertThat(
              database.<Boolean>write(
                  handle -> TestStore.storeTracker(handle, TestParts.tracker(ANSWERED, user))))
          .isTrue();
    }
    try (Database database = TestStore.open(folder.resolve("db"))) {
      AppointmentsDBM appointments = new AppointmentsDBM(database);
      appointments.loadLocators();
      Gatekeeper gatekeeper = TestParts.gatekeeper(database, appointments, trackers);
      gatekeeper.addOrUpdateUser(user, Dialect.V2);
      AppointmentService service =
          AppointmentService.frontEnd(database, appointments, trackers, gatekeeper);
      awaitLocators(appointments);
      assertThatThrownBy(() -> service.addAppointment(appointment(ANSWERED), "signature", user))
          .isInstanceOf(AppointmentRejectedException.class)
          .hasMessageContaining("answered already");
      assertThat(service.addAppointment(appointment(OTHER), "signature", user).availableSlots())
          .isEqualTo(99);
    }
  }

  private static void awaitLocators(AppointmentsDBM appointments) throws InterruptedException {
    for (int i = 0; i < 500 && appointments.mightContain(OTHER); i++) {
      Thread.sleep(10);
    }
    assertThat(appointments.mightContain(OTHER)).isFalse();
  }

  private static Appointment appointment(Locator locator) {
    return new Appointment(locator, new byte[100], 20);
  }
}
