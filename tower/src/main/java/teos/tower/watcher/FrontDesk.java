package teos.tower.watcher;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.ArrivalsDBM;
import teos.tower.store.Database;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.watcher.AppointmentRejectedException.Reason;

/**
 * The reception of a process that does not watch: what it takes it leaves in the database, with a note
 * for the {@link Watcher} of another process, which looks for the dispute.
 */
public final class FrontDesk implements Reception {

  private static final Logger log = LoggerFactory.getLogger(FrontDesk.class);

  private final Database database;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final Intake intake;

  /**
   * @param maxAppointments the most appointments that are taken, of all users
   */
  public FrontDesk(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      long maxAppointments) {
    this(
        database,
        appointments,
        trackers,
        gatekeeper,
        new Intake(
            appointments, trackers, gatekeeper, maxAppointments, new ArrivalsDBM()::add));
  }

  FrontDesk(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Intake intake) {
    this.database = database;
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.intake = intake;
  }

  /** An appointment that is on disk, and what is answered for it. */
  record Taken(StoredAppointment stored, AppointmentAccepted accepted) {}

  @Override
  public AppointmentAccepted addAppointment(
      Appointment appointment, String userSignature, PublicKey user)
      throws AppointmentRejectedException {
    return take(appointment, userSignature, user).accepted();
  }

  Taken take(Appointment appointment, String userSignature, PublicKey user)
      throws AppointmentRejectedException {
    int height = gatekeeper.height();
    StoredAppointment stored =
        new StoredAppointment(appointment, user, userSignature, height);
    Intake.Outcome outcome = database.write(intake, stored);
    return switch (outcome) {
      case Intake.Rejected(Reason reason, String message) ->
          throw new AppointmentRejectedException(reason, message);
      case Intake.Accepted(long slots, long expiry) -> {
        log.atDebug()
            .addKeyValue("uuid", stored::uuid)
            .addKeyValue("locator", appointment::locator)
            .addKeyValue("user", user)
            .addKeyValue("bytes", appointment.encryptedBlob().length)
            .addKeyValue("slots_left", slots)
            .log("appointment taken");
        yield new Taken(
            stored,
            new AppointmentAccepted(
                new AppointmentReceipt(userSignature, height), slots, expiry));
      }
    };
  }

  @Override
  public Deletion deleteAppointment(Locator locator, PublicKey user, String userSignature) {
    Deletion deletion = database.write(handle -> delete(handle, locator, user));
    log.atInfo()
        .addKeyValue("uuid", AppointmentUuid.of(locator, user))
        .addKeyValue("locator", locator)
        .addKeyValue("user", user)
        .addKeyValue("signature", userSignature)
        .addKeyValue("outcome", deletion)
        .log("deletion asked for");
    return deletion;
  }

  private Deletion delete(Handle handle, Locator locator, PublicKey user) {
    gatekeeper.lock(handle, List.of(user));
    Optional<Tracker> tracker = trackers.load(handle, locator, user);
    if (tracker.filter(Tracker::isAnswering).isPresent()) {
      return new Deletion.AlreadyTriggered();
    }
    Optional<StoredAppointment> stored = appointments.loadAppointment(handle, locator, user);
    if (stored.isEmpty()) {
      return new Deletion.NotFound();
    }
    tracker.ifPresent(gone -> trackers.delete(handle, gone));
    appointments.deleteAppointment(handle, locator, user);
    gatekeeper.returnSlots(handle, user, stored.get().appointment().slots());
    return new Deletion.Deleted(gatekeeper.slots(handle, user));
  }

  @Override
  public Optional<AppointmentInfo> appointment(Locator locator, PublicKey user) {
    return database.read(
        handle ->
            trackers
                .load(handle, locator, user)
                .filter(Tracker::isAnswering)
                .<AppointmentInfo>map(AppointmentInfo.DisputeResponded::new)
                .or(
                    () ->
                        appointments
                            .loadAppointment(handle, locator, user)
                            .map(stored -> new AppointmentInfo.BeingWatched(stored.appointment()))));
  }

  @Override
  public List<Locator> locatorsOf(PublicKey user) {
    return database.read(handle -> appointments.locatorsOf(handle, user));
  }
}
