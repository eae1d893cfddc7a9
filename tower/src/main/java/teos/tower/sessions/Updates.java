package teos.tower.sessions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import teos.protocol.Appointment;
import teos.protocol.PublicKey;
import teos.tower.sessions.Applied.Outcome;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.SharedWrite;
import teos.tower.store.StoredAppointment;

/**
 * Takes updates into the database, or says why not: those that come at the same time together. The
 * rules of the sequence are lnd's ({@code wtdb.SessionInfo.AcceptUpdateSequence}): the next number, or
 * the last one again, should its reply have been lost.
 */
final class Updates implements SharedWrite<Update, Applied> {

  private final SessionsDBM sessions;
  private final AppointmentsDBM appointments;
  private final IntSupplier height;
  private final Announcement announcement;

  /** Notes what is stored, within the transaction that stores it, for who has to hear of it. */
  interface Announcement {
    void add(Handle handle, Collection<AppointmentKey> stored);
  }

  Updates(
      SessionsDBM sessions,
      AppointmentsDBM appointments,
      IntSupplier height,
      Announcement announcement) {
    this.sessions = sessions;
    this.appointments = appointments;
    this.height = height;
    this.announcement = announcement;
  }

  /** As an appointment; there is no delay in it, and the transport is its signature. */
  static StoredAppointment stored(Update update, int height) {
    return new StoredAppointment(
        new Appointment(update.hint(), update.blob(), 0), update.session(), "", height);
  }

  @Override
  public List<Applied> perform(Handle handle, List<Update> items) {
    List<Applied> all = new ArrayList<>(items.size());
    for (int from = 0, to; from < items.size(); from = to) {
      Set<AppointmentKey> keys = new LinkedHashSet<>();
      for (to = from; to < items.size() && keys.add(key(items.get(to))); ) {
        to++; // a second one with the same key replaces the first, which has to be stored by then
      }
      all.addAll(new Batch(handle, items.subList(from, to)).take());
    }
    return all;
  }

  private static AppointmentKey key(Update update) {
    return new AppointmentKey(update.hint(), update.session());
  }

  /** Updates with keys of their own, and what the database has of them and their sessions. */
  private final class Batch {
    private final Handle handle;
    private final List<Update> batch;
    private final Map<PublicKey, SessionRecord> known = new HashMap<>();
    private final Map<AppointmentKey, Integer> lengths;
    private final Map<PublicKey, SessionRecord> changed = new HashMap<>();
    private final List<StoredAppointment> fresh = new ArrayList<>();
    private final List<StoredAppointment> newer = new ArrayList<>();

    Batch(Handle handle, List<Update> batch) {
      this.handle = handle;
      this.batch = batch;
      Set<PublicKey> ids = batch.stream().map(Update::session).collect(Collectors.toSet());
      sessions.load(handle, ids).forEach(session -> known.put(session.id(), session));
      this.lengths =
          appointments.blobLengths(handle, batch.stream().map(Updates::key).toList());
    }

    List<Applied> take() {
      List<Applied> all = batch.stream().map(this::take).toList();
      sessions.updateApplied(handle, changed.values());
      appointments.replaceAppointments(handle, newer);
      appointments.insertAppointments(handle, fresh);
      announcement.add(
          handle, Stream.concat(fresh.stream(), newer.stream()).map(StoredAppointment::key).toList());
      return all;
    }

    private Applied take(Update update) {
      SessionRecord session = known.get(update.session());
      if (session == null) {
        return new Applied(Outcome.NO_SESSION, 0);
      }
      boolean isNew = !lengths.containsKey(key(update));
      Outcome outcome = judge(update, session);
      if (outcome != Outcome.STORED) {
        return new Applied(outcome, session.lastApplied());
      }
      SessionRecord after = session.applied(update.sequence(), update.lastApplied());
      known.put(after.id(), after);
      changed.put(after.id(), after);
      (isNew ? fresh : newer).add(stored(update, height.getAsInt()));
      return new Applied(Outcome.STORED, after.lastApplied());
    }

    private Outcome judge(Update update, SessionRecord session) {
      int sequence = update.sequence();
      int last = session.lastApplied();
      if (session.policy().type().blobLength().orElse(-1) != update.blob().length) {
        return Outcome.BAD_BLOB;
      }
      if (sequence <= update.lastApplied()) {
        return Outcome.ALREADY_APPLIED;
      }
      if (update.lastApplied() < session.clientLastApplied()) {
        return Outcome.CLIENT_BEHIND;
      }
      if (sequence > session.maxUpdates()) {
        return Outcome.SESSION_FULL;
      }
      if (sequence != last && sequence != last + 1) {
        return Outcome.OUT_OF_ORDER;
      }
      return Outcome.STORED; // its slot is the session's: nothing is full for it
    }
  }
}
