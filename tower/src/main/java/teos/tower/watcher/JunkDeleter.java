package teos.tower.watcher;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Appointment;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Batches;
import teos.tower.store.StoredAppointment;
import teos.tower.store.WatchedAppointmentsDBM;

/** Deletes appointments whose blob holds no valid penalty. Their users forfeit the slots. */
final class JunkDeleter {

  private static final Logger log = LoggerFactory.getLogger(JunkDeleter.class);

  /** Appointments deleted in one transaction, for which other writers wait. */
  private static final int BATCH_SIZE = 250;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();

  JunkDeleter(Database database, AppointmentsDBM appointments, Gatekeeper gatekeeper) {
    this.database = database;
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
  }

  /**
   * An appointment whose blob is junk.
   *
   * @param bytes length of the blob
   * @param version hash of the blob, which identifies this version of the appointment
   */
  record Junk(AppointmentKey key, int bytes, HashCode version) {

    int slots() {
      return Appointment.slots(bytes);
    }

    static Junk of(StoredAppointment stored) {
      byte[] blob = stored.appointment().encryptedBlob();
      return new Junk(stored.key(), blob.length, version(blob));
    }

    private static HashCode version(byte[] blob) {
      return Hashing.sha256().hashBytes(blob);
    }

    boolean isVersion(StoredAppointment stored) {
      return version.equals(version(stored.appointment().encryptedBlob()));
    }
  }

  /**
   * Deletes {@code junk}.
   *
   * @return whether users have replaced some of them meanwhile; new versions are not deleted
   */
  boolean delete(List<Junk> junk) {
    boolean newer = false;
    for (int from = 0; from < junk.size(); ) {
      int end = Batches.end(junk, from, Junk::bytes, WatchedAppointmentsDBM.BATCH_BYTES);
      List<Junk> batch = junk.subList(from, Math.min(end, from + BATCH_SIZE));
      newer |= database.write(handle -> delete(handle, batch));
      log(batch);
      from += batch.size();
    }
    return newer;
  }

  private boolean delete(Handle handle, List<Junk> batch) {
    Map<AppointmentKey, Junk> byKey =
        batch.stream().collect(Collectors.toMap(Junk::key, Function.identity()));
    gatekeeper.lock(handle, byKey.keySet().stream().map(AppointmentKey::user).toList());
    List<StoredAppointment> stored = watched.loadAppointments(handle, byKey.keySet());
    List<AppointmentKey> unchanged =
        stored.stream()
            .filter(each -> Objects.requireNonNull(byKey.get(each.key())).isVersion(each))
            .map(StoredAppointment::key)
            .toList();
    appointments.deleteAppointments(handle, unchanged);
    unchanged.stream()
        .collect(
            Collectors.groupingBy(
                AppointmentKey::user,
                Collectors.summingInt(key -> Objects.requireNonNull(byKey.get(key)).slots())))
        .forEach((user, slots) -> gatekeeper.forfeitSlots(handle, user, slots));
    return unchanged.size() < stored.size();
  }

  private static void log(List<Junk> batch) {
    log.atWarn()
        .addKeyValue("count", batch.size())
        .addKeyValue("first", batch.getFirst().key())
        .addKeyValue("reason", "no blob holds a transaction that nodes relay")
        .log("junk appointments dropped");
    batch.forEach(
        each ->
            log.atDebug().addKeyValue("appointment", each.key()).log("junk appointment dropped"));
  }
}
