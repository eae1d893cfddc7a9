package teos.tower.sessions;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import teos.protocol.Appointment;
import teos.protocol.PublicKey;
import teos.tower.database.BatchedWrite;
import teos.tower.database.DistinctBatches;
import teos.tower.gatekeeper.Capacity;
import teos.tower.sessions.UpdateResult.Reason;
import teos.tower.sessions.UpdateResult.Refused;
import teos.tower.sessions.UpdateResult.Stored;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Outbox;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;

/**
 * Batched write of state updates into the database. The sequence rules are lnd's ({@code
 * wtdb.SessionInfo.AcceptUpdateSequence}): the next number, or the last one again in case its reply
 * was lost. In addition, a session continues at the client's number if the tower has lost updates
 * that it had acknowledged; otherwise lnd would send the same update forever.
 */
final class StateUpdateWriter implements BatchedWrite<StateUpdate, UpdateResult> {

  private final SessionsDBM sessions;
  private final AppointmentsDBM appointments;
  private final Capacity capacity;
  private final IntSupplier height;
  private final Outbox outbox;

  StateUpdateWriter(
      SessionsDBM sessions,
      AppointmentsDBM appointments,
      Capacity capacity,
      IntSupplier height,
      Outbox outbox) {
    this.sessions = sessions;
    this.appointments = appointments;
    this.capacity = capacity;
    this.height = height;
    this.outbox = outbox;
  }

  /**
   * Returns the update as an appointment, without delay or signature: the transport authenticates
   * the client.
   */
  private static StoredAppointment toAppointment(StateUpdate update, int height) {
    return new StoredAppointment(
        new Appointment(update.hint(), update.blob(), 0), update.session(), "", height);
  }

  @Override
  public List<UpdateResult> perform(Handle handle, List<StateUpdate> items) {
    return DistinctBatches.perform(
        items, StateUpdateWriter::key, batch -> new Batch(handle, batch).write());
  }

  private static AppointmentKey key(StateUpdate update) {
    return new AppointmentKey(update.hint(), update.session());
  }

  /** Updates with distinct keys, and the database's state of them and their sessions. */
  private final class Batch {
    private final Handle handle;
    private final List<StateUpdate> batch;
    private final Map<PublicKey, SessionRecord> known = new HashMap<>();
    private final Map<AppointmentKey, Integer> lengths;
    private final Map<PublicKey, SessionRecord> changed = new HashMap<>();
    private final List<StoredAppointment> fresh = new ArrayList<>();
    private final List<StoredAppointment> newer = new ArrayList<>();

    Batch(Handle handle, List<StateUpdate> batch) {
      this.handle = handle;
      this.batch = batch;
      Set<PublicKey> ids = batch.stream().map(StateUpdate::session).collect(Collectors.toSet());
      sessions.load(handle, ids).forEach(session -> known.put(session.id(), session));
      this.lengths =
          appointments.blobLengths(handle, batch.stream().map(StateUpdateWriter::key).toList());
    }

    List<UpdateResult> write() {
      List<UpdateResult> results = batch.stream().map(this::accept).toList();
      sessions.updateApplied(handle, changed.values());
      appointments.replaceAppointments(handle, newer);
      appointments.insertAppointments(handle, fresh);
      outbox.add(
          handle,
          Stream.concat(fresh.stream(), newer.stream()).map(StoredAppointment::key).toList());
      return results;
    }

    private UpdateResult accept(StateUpdate update) {
      SessionRecord session = known.get(update.session());
      if (session == null) {
        return new Refused(Reason.NO_SESSION, 0);
      }
      boolean isNew = !lengths.containsKey(key(update));
      Optional<Reason> reason = reasonToRefuse(update, session, isNew);
      if (reason.isPresent()) {
        return new Refused(reason.get(), session.lastApplied());
      }
      if (session.lapsed() && !capacity.restoreSession(handle, session.maxUpdates())) {
        return new Refused(Reason.UNAVAILABLE, session.lastApplied());
      }
      SessionRecord after = session.applied(update.sequence(), update.lastApplied(), isNew);
      known.put(after.id(), after);
      changed.put(after.id(), after);
      StoredAppointment stored = toAppointment(update, height.getAsInt());
      (isNew ? fresh : newer).add(stored);
      return new Stored(
          stored, update.sequence(), Math.max(0, update.lastApplied() - session.lastApplied()));
    }

    private static Optional<Reason> reasonToRefuse(
        StateUpdate update, SessionRecord session, boolean isNew) {
      int sequence = update.sequence();
      int last = session.lastApplied();
      if (session.policy().type().blobLength().orElse(-1) != update.blob().length) {
        return Optional.of(Reason.BAD_BLOB);
      }
      if (sequence <= update.lastApplied()) {
        return Optional.of(Reason.ALREADY_APPLIED);
      }
      if (update.lastApplied() < session.clientLastApplied()) {
        return Optional.of(Reason.CLIENT_BEHIND);
      }
      if (sequence > session.maxUpdates() || (isNew && session.stored() >= session.maxUpdates())) {
        return Optional.of(Reason.SESSION_FULL);
      }
      boolean towerBehind = update.lastApplied() > last && sequence == update.lastApplied() + 1;
      if (sequence != last && sequence != last + 1 && !towerBehind) {
        return Optional.of(Reason.OUT_OF_ORDER);
      }
      return Optional.empty();
    }
  }
}
