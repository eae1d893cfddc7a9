package teos.tower.appointments;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.OpenDatabase;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TrackersDBM;

/** Requests sent a second time, by their user or by someone who has recorded them. */
class RepeatedRequestsTest {

  private static final Locator LOCATOR = Locator.fromHex("ab".repeat(16));

  private final PublicKey user = SecretKey.generate(new SecureRandom()).publicKey();
  private final List<StoredAppointment> checked = new ArrayList<>();

  @OpenDatabase private Database database;
  private AppointmentService service;

  @BeforeEach
  void open() {
    AppointmentsDBM appointments = new AppointmentsDBM(database);
    TrackersDBM trackers = new TrackersDBM();
    Gatekeeper gatekeeper = TestParts.gatekeeper(database, appointments, trackers);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    service =
        AppointmentService.watching(database, appointments, trackers, gatekeeper, checked::add);
  }

  private long add(String version) throws AppointmentRejectedException {
    return service
        .addAppointment(new Appointment(LOCATOR, new byte[100], 20), version, user)
        .receipt()
        .startBlock();
  }

  private Deletion delete(long startBlock) {
    return service.deleteAppointment(LOCATOR, user, OptionalLong.of(startBlock), "deletion");
  }

  @Test
  void repeatedDeletion_doesNotDeleteLaterVersions() throws Exception {
    long deleted = add("first");
    assertThat(delete(deleted)).isInstanceOf(Deletion.Deleted.class);
    add("second");
    add("third");

    assertThat(delete(deleted)).isInstanceOf(Deletion.NotFound.class);
    assertThat(service.locatorsOf(user)).containsExactly(LOCATOR);
  }

  /** The first request may have failed after its commit and before the check for its dispute. */
  @Test
  void repeatedAppointment_isCheckedForItsDisputeAgain() throws Exception {
    add("first");
    add("first");

    assertThat(checked).hasSize(2);
  }
}
