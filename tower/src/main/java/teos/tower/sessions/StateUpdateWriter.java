package teos.tower.sessions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
import teos.tower.gatekeeper.Capacity;
import teos.tower.sessions.UpdateResult.Reason;
import teos.tower.sessions.UpdateResult.Refused;
import teos.tower.sessions.UpdateResult.Stored;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;

/**
 * Batched write of updates into the database. The rules of the sequence are lnd's ({@code
 * wtdb.SessionInfo.AcceptUpdateSequence}): the next number, or the last one again, should its reply
 * have been lost. Beyond them, a session goes on where the client is if the tower has lost updates
 * that it had acknowledged: lnd would send the same update for ever.
 */
final class StateUpdateWriter implements BatchedWrite<StateUpdate, UpdateResult> {

  private final SessionsDBM sessions;
  private final AppointmentsDBM appointments;
  private final Capacity capacity;
  private final IntSupplier height;
  private final Announcement announcement;

  /** Records what is stored, in the transaction that stores it, for the process that watches. */
  interface Announcement {
    void add(Handle handle, Collection<AppointmentKey> stored);
  }

  StateUpdateWriter(
      SessionsDBM sessions,
      AppointmentsDBM appointments,
      Capacity capacity,
      IntSupplier height,
      Announcement announcement) {
    this.sessions = sessions;
    this.appointments = appointments;
    this.capacity = capacity;
    this.height = height;
    this.announcement = announcement;
  }

  /** As an appointment; there is no delay in it, and the transport is its signature. */
  private static StoredAppointment stored(StateUpdate update, int height) {
    return new StoredAppointment(
        new Appointment(update.hint(), update.blob(), 0), update.session(), "", height);
  }

  @Override
  public List<UpdateResult> perform(Handle handle, List<StateUpdate> items) {
    List<UpdateResult> all = new ArrayList<>(items.size());
    for (int from = 0, to; from < items.size(); from = to) {
      Set<AppointmentKey> keys = new LinkedHashSet<>();
      for (to = from; to < items.size() && keys.add(key(items.get(to))); ) {
        to++; // a second one with the same key replaces the first, which has to be stored by then
      }
      all.addAll(new Batch(handle, items.subList(from, to)).take());
    }
    return all;
  }

  private static AppointmentKey key(StateUpdate update) {
    return new AppointmentKey(update.hint(), update.session());
  }

  /** Updates with keys of their own, and what the database has of them and their sessions. */
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

    List<UpdateResult> take() {
      List<UpdateResult> all = batch.stream().map(this::take).toList();
      sessions.updateApplied(handle, changed.values());
      appointments.replaceAppointments(handle, newer);
      appointments.insertAppointments(handle, fresh);
      announcement.add(
          handle,
          Stream.concat(fresh.stream(), newer.stream()).map(StoredAppointment::key).toList());
      return all;
    }

    private UpdateResult take(StateUpdate update) {
      SessionRecord session = known.get(update.session());
      if (session == null) {
        return new Refused(Reason.NO_SESSION, 0);
      }
      boolean isNew = !lengths.containsKey(key(update));
      Optional<Reason> refusal = refusal(update, session, isNew);
      if (refusal.isPresent()) {
        return new Refused(refusal.get(), session.lastApplied());
      }
      if (session.lapsed() && !capacity.restoreSession(handle, session.maxUpdates())) {
        return new Refused(Reason.UNAVAILABLE, session.lastApplied());
      }
      SessionRecord after = session.applied(update.sequence(), update.lastApplied(), isNew);
      known.put(after.id(), after);
      changed.put(after.id(), after);
      StoredAppointment stored = stored(update, height.getAsInt());
      (isNew ? fresh : newer).add(stored);
      return new Stored(
          stored, update.sequence(), Math.max(0, update.lastApplied() - session.lastApplied()));
    }

    private static Optional<Reason> refusal(
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
