package teos.tower.appointments;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.AppointmentUuid;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.appointments.AppointmentRejectedException.Reason;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentVersions;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Outbox;
import teos.tower.store.OutboxDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerGroup;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;
import teos.tower.store.VersionsDBM;

/**
 * Stores, deletes and returns users' appointments. The dispute of a new appointment may already be
 * in the mempool or in a block: the watching process checks that immediately; a front end forwards
 * the appointment to the watching process through the database.
 */
public final class AppointmentService {

  private static final Logger log = LoggerFactory.getLogger(AppointmentService.class);

  private final Database database;
  private final AppointmentsDBM appointments;
  private final VersionsDBM versions = new VersionsDBM();
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final AppointmentWriter writer;
  private final Consumer<StoredAppointment> afterStore;

  private AppointmentService(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      AppointmentWriter writer,
      Consumer<StoredAppointment> afterStore) {
    this.database = database;
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.writer = writer;
    this.afterStore = afterStore;
  }

  /**
   * Returns the service of the process that watches.
   *
   * @param afterStore called with each appointment when it is on disk, before the response
   */
  public static AppointmentService watching(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Consumer<StoredAppointment> afterStore) {
    return new AppointmentService(
        database,
        appointments,
        trackers,
        gatekeeper,
        new AppointmentWriter(appointments, trackers, gatekeeper, Outbox.NONE),
        afterStore);
  }

  /** Returns the service of a front end, which forwards appointments. */
  public static AppointmentService frontEnd(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper) {
    return new AppointmentService(
        database,
        appointments,
        trackers,
        gatekeeper,
        new AppointmentWriter(appointments, trackers, gatekeeper, new OutboxDBM()::add),
        stored -> {});
  }

  /**
   * Stores {@code appointment}, replacing the user's earlier one for the same locator. When this
   * returns, it is on disk, and recent transactions have been checked for its dispute.
   *
   * @param userSignature the user's signature, from which {@code user} was recovered
   * @throws AppointmentRejectedException if it is not stored
   */
  public AppointmentAccepted addAppointment(
      Appointment appointment, String userSignature, PublicKey user)
      throws AppointmentRejectedException {
    Optional<String> noRoom = gatekeeper.capacity().noNewDataReason();
    if (noRoom.isPresent()) {
      throw new AppointmentRejectedException(Reason.DISK_FULL, noRoom.get());
    }
    int height = gatekeeper.height();
    StoredAppointment stored = new StoredAppointment(appointment, user, userSignature, height);
    AppointmentWriter.Outcome outcome = database.write(writer, stored);
    return switch (outcome) {
      case AppointmentWriter.Rejected(Reason reason, String message) ->
          throw new AppointmentRejectedException(reason, message);
      case AppointmentWriter.Accepted(
              StoredAppointment version,
              boolean isNew,
              long slots,
              long expiry,
              Dialect dialect) -> {
        log.atDebug()
            .addKeyValue("uuid", stored::uuid)
            .addKeyValue("locator", appointment::locator)
            .addKeyValue("user", user)
            .addKeyValue("bytes", appointment.encryptedBlob().length)
            .addKeyValue("slots_left", slots)
            .addKeyValue("new", isNew)
            .log("appointment stored");
        // Also for a repeated request: the first one may have failed after its commit.
        afterStore.accept(version);
        yield new AppointmentAccepted(
            new AppointmentReceipt(userSignature, version.startBlock()), slots, expiry, dialect);
      }
    };
  }

  /**
   * Deletes the user's appointment for {@code locator}, and gives its slots back. When this
   * returns, the deletion is on disk, and the tower does not respond to later disputes.
   *
   * @param startBlock start block of the version to delete; empty for the only version, because a
   *     recorded request without it could be replayed against a newer version
   * @param userSignature the user's signature of the request, which is logged as evidence
   */
  public Deletion deleteAppointment(
      Locator locator, PublicKey user, OptionalLong startBlock, String userSignature) {
    Deletion deletion = database.write(handle -> delete(handle, locator, user, startBlock));
    log.atInfo()
        .addKeyValue("uuid", AppointmentUuid.of(locator, user))
        .addKeyValue("locator", locator)
        .addKeyValue("user", user)
        .addKeyValue("signature", userSignature)
        .addKeyValue("outcome", deletion)
        .log("deletion requested");
    return deletion;
  }

  private Deletion delete(Handle handle, Locator locator, PublicKey user, OptionalLong startBlock) {
    gatekeeper.lock(handle, List.of(user));
    List<Tracker> all = trackers.loadAll(handle, new AppointmentKey(locator, user));
    if (all.stream().anyMatch(Tracker::isAnswering)) {
      return new Deletion.AlreadyTriggered();
    }
    Optional<StoredAppointment> stored = appointments.loadAppointment(handle, locator, user);
    if (stored.isEmpty()
        || (startBlock.isPresent() && startBlock.getAsLong() != stored.get().startBlock())) {
      return new Deletion.NotFound();
    }
    AppointmentVersions earlier = versions.load(handle, stored.get().key());
    if (startBlock.isEmpty() && !earlier.isEmpty()) {
      return new Deletion.SeveralVersions();
    }
    versions.add(
        handle,
        stored.get().key(),
        earlier,
        stored.get().userSignature(),
        stored.get().startBlock());
    trackers.deleteAppointments(handle, all);
    appointments.deleteAppointment(handle, locator, user);
    gatekeeper.returnSlots(handle, user, stored.get().appointment().slots());
    return new Deletion.Deleted(gatekeeper.availableSlots(handle, user));
  }

  /**
   * Returns the user's appointment for {@code locator}, with its tracker if its dispute has been
   * seen.
   */
  public Optional<AppointmentInfo> appointment(Locator locator, PublicKey user) {
    return database.read(
        handle ->
            responded(handle, new AppointmentKey(locator, user))
                .or(
                    () ->
                        appointments
                            .loadAppointment(handle, locator, user)
                            .map(
                                stored -> new AppointmentInfo.BeingWatched(stored.appointment()))));
  }

  private Optional<AppointmentInfo> responded(Handle handle, AppointmentKey key) {
    List<Tracker> all = trackers.loadAll(handle, key);
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Tracker shown = TrackerGroup.representative(all);
    return shown.isAnswering()
        ? transactions
            .penalty(handle, shown.trackerKey())
            .<AppointmentInfo>map(raw -> new AppointmentInfo.DisputeResponded(shown, all, raw))
        : Optional.empty();
  }

  /** Returns the locators of all of the user's appointments. */
  public List<Locator> locatorsOf(PublicKey user) {
    return database.read(handle -> appointments.locatorsOf(handle, user));
  }
}
