package teos.tower.sessions;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.ArrivalsDBM;
import teos.tower.store.Database;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UsersDBM;

/**
 * Opens sessions for lnd's clients, takes their updates and deletes them again; on disk before it
 * answers. A session has no end, as with lnd's own tower, and is its client's until that deletes it.
 */
public final class SessionKeeper {

  private static final Logger log = LoggerFactory.getLogger(SessionKeeper.class);

  private final Database database;
  private final SessionsDBM sessions = new SessionsDBM();
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final Capacity capacity;
  private final Consumer<StoredAppointment> taken;
  private final Updates updates;

  private SessionKeeper(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      Updates.Announcement announcement,
      Consumer<StoredAppointment> taken) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
    this.capacity = gatekeeper.capacity();
    this.taken = taken;
    this.updates = new Updates(sessions, appointments, gatekeeper::height, announcement);
  }

  /**
   * Of the process that watches.
   *
   * @param gatekeeper asked for the height, and told of what is left of a deleted session
   * @param taken told of each update that is on disk: its commitment may be there already
   */
  public static SessionKeeper watching(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      Consumer<StoredAppointment> taken) {
    return new SessionKeeper(
        database, users, appointments, gatekeeper, (handle, keys) -> {}, taken);
  }

  /** Of a front end, which leaves a note of each update for who watches. */
  public static SessionKeeper frontEnd(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper) {
    return new SessionKeeper(
        database,
        users,
        appointments,
        gatekeeper,
        new ArrivalsDBM()::add,
        stored -> {});
  }

  /** What has become of a wish for a session. */
  public sealed interface Opened {

    /** There is one now. */
    record Open() implements Opened {}

    /**
     * There is one with updates, which stays as it is.
     *
     * @param lastApplied the sequence number of its last update
     */
    record InUse(int lastApplied) implements Opened {}

    /** The tower has as many as it opens, or no capacity for as many updates. */
    record Full() implements Opened {}

    /** The key is a user's of the other dialects; or updates of an earlier session are left. */
    record KeyTaken() implements Opened {}
  }

  /**
   * Opens a session for {@code id}; one without updates is opened anew.
   *
   * @param rewardScript where the tower's share goes; empty without one
   * @param maxSessions the most that there may be
   */
  public Opened open(
      PublicKey id, JusticePolicy policy, byte[] rewardScript, int maxUpdates, long maxSessions) {
    boolean full = capacity.whyNoNewUsers().isPresent();
    SessionRecord wanted =
        new SessionRecord(id, policy, rewardScript, maxUpdates, 0, 0, gatekeeper.height());
    Opened opened = database.write(handle -> open(handle, wanted, full ? 0 : maxSessions));
    log.atInfo()
        .addKeyValue("session", id)
        .addKeyValue("blobs", policy.type())
        .addKeyValue("updates", maxUpdates)
        .addKeyValue("sat_per_kw", policy.sweepFeeRate())
        .addKeyValue("outcome", opened)
        .log("session asked for");
    return opened;
  }

  private Opened open(Handle handle, SessionRecord wanted, long maxSessions) {
    Optional<SessionRecord> known = sessions.load(handle, wanted.id());
    if (known.isPresent() && known.get().lastApplied() > 0) {
      return new Opened.InUse(known.get().lastApplied());
    }
    if (known.isEmpty() && sessions.count(handle) >= maxSessions) {
      return new Opened.Full();
    }
    if (users.load(handle, wanted.id()).isPresent() || users.isOutdated(handle, wanted.id())) {
      return new Opened.KeyTaken();
    }
    known.ifPresent(old -> capacity.release(handle, old.maxUpdates()));
    if (!capacity.reserveSession(handle, wanted.maxUpdates())) {
      known.ifPresent(old -> sessions.delete(handle, wanted.id()));
      return new Opened.Full();
    }
    sessions.store(handle, wanted);
    return new Opened.Open();
  }

  /** Takes an update; if it is taken, it is on disk, and is looked for. */
  public Applied apply(Update update) {
    Applied applied =
        capacity.whyNothingNew().isPresent()
            ? new Applied(Applied.Outcome.TOWER_FULL, lastApplied(update.session()))
            : database.write(updates, update);
    if (applied.outcome() == Applied.Outcome.STORED) {
      StoredAppointment stored = Updates.stored(update, gatekeeper.height());
      log.atDebug()
          .addKeyValue("uuid", stored::uuid)
          .addKeyValue("session", update.session())
          .log("update taken");
      taken.accept(stored);
    } else {
      log.atInfo()
          .addKeyValue("session", update.session())
          .addKeyValue("sequence", update.sequence())
          .addKeyValue("outcome", applied.outcome())
          .log("update refused");
    }
    return applied;
  }

  private int lastApplied(PublicKey session) {
    return database
        .read(handle -> sessions.load(handle, session))
        .map(SessionRecord::lastApplied)
        .orElse(0);
  }

  /**
   * Deletes a session with its updates; disputes that are being answered are seen through.
   *
   * @return false if there is none
   */
  public boolean delete(PublicKey id) {
    boolean deleted =
        database.write(
            handle -> {
              Optional<SessionRecord> known = sessions.load(handle, id);
              known.ifPresent(
                  session -> {
                    sessions.delete(handle, id);
                    users.makeOutdated(handle, List.of(id));
                    capacity.release(handle, session.maxUpdates());
                  });
              return known.isPresent();
            });
    if (deleted) {
      gatekeeper.sessionDeleted();
      log.atInfo().addKeyValue("session", id).log("session deleted");
    }
    return deleted;
  }

  /** Up to {@code limit} sessions, in the order of their keys, that come after {@code after}. */
  public List<SessionRecord> page(Optional<PublicKey> after, int limit) {
    return database.read(handle -> sessions.page(handle, after, limit));
  }

  /** How many appointments there are, of sessions and all others. */
  public long appointments() {
    return appointments.countAppointments();
  }
}
