package teos.tower.sessions;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.ArrivalsDBM;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UsersDBM;

/**
 * Sessions of lnd's clients: opens them, stores their updates and deletes them; on disk before it
 * returns. A session with updates has no end, as with lnd's own tower, and stays until its client
 * deletes it.
 *
 * <p>A new session reserves capacity for all of its updates. Sessions that nothing was ever sent to
 * lose theirs when a new session needs it, oldest first, after {@value #LAPSE_BLOCKS} blocks: with
 * their first update they get it back, if there is any. They are deleted only when there are as
 * many sessions as there may be, after {@value #DELETE_BLOCKS} blocks: lnd's client never stops
 * sending to a session that it has, so each that is deleted may cost its user states.
 */
public final class SessionService {

  /** Blocks after which a session without updates may lose its capacity: an hour. */
  static final int LAPSE_BLOCKS = 6;

  /** Blocks after which a session without updates may be deleted: a day. */
  static final int DELETE_BLOCKS = 144;

  private static final Logger log = LoggerFactory.getLogger(SessionService.class);
  private static final int BATCH_SIZE = 50;
  private static final int MAX_BATCHES = 20;

  private final Database database;
  private final SessionsDBM sessions = new SessionsDBM();
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final Consumer<StoredAppointment> afterStore;
  private final Capacity capacity;
  private final StateUpdateWriter updates;

  /** Sessions whose gap has been logged. */
  private final Cache<PublicKey, Boolean> gapsLogged =
      CacheBuilder.newBuilder().maximumSize(1_000).build();

  private SessionService(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      StateUpdateWriter.Announcement announcement,
      Consumer<StoredAppointment> afterStore) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
    this.capacity = gatekeeper.capacity();
    this.afterStore = afterStore;
    this.updates =
        new StateUpdateWriter(sessions, appointments, capacity, gatekeeper::height, announcement);
  }

  /**
   * Returns the service of the process that watches.
   *
   * @param gatekeeper asked for the height, and told of what is left of a deleted session
   * @param afterStore called with each update that is on disk: its commitment may be there already
   */
  public static SessionService watching(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      Consumer<StoredAppointment> afterStore) {
    return new SessionService(
        database, users, appointments, gatekeeper, (handle, keys) -> {}, afterStore);
  }

  /** Returns the service of a front end, which leaves a note of each update for who watches. */
  public static SessionService frontEnd(
      Database database, UsersDBM users, AppointmentsDBM appointments, Gatekeeper gatekeeper) {
    return new SessionService(
        database, users, appointments, gatekeeper, new ArrivalsDBM()::add, stored -> {});
  }

  /**
   * Opens a session for {@code id}; one without updates is replaced.
   *
   * @param rewardScript where the tower's share goes; empty without one
   * @param maxSessions the most that there may be
   */
  public OpenResult open(
      PublicKey id, JusticePolicy policy, byte[] rewardScript, int maxUpdates, long maxSessions) {
    SessionRecord wanted =
        SessionRecord.opened(id, policy, rewardScript, maxUpdates, gatekeeper.height());
    OpenResult result =
        capacity
            .whyNoNewUsers()
            .<OpenResult>map(OpenResult.Unavailable::new)
            .orElseGet(
                () -> {
                  makeCapacity(maxUpdates);
                  return database.write(handle -> open(handle, wanted, maxSessions));
                });
    log.atInfo()
        .addKeyValue("session", id)
        .addKeyValue("blobs", policy.type())
        .addKeyValue("updates", maxUpdates)
        .addKeyValue("sat_per_kw", policy.sweepFeeRate())
        .addKeyValue("result", result)
        .log("session requested");
    return result;
  }

  private OpenResult open(Handle handle, SessionRecord wanted, long maxSessions) {
    Optional<SessionRecord> known = sessions.load(handle, wanted.id());
    if (known.isPresent() && known.get().lastApplied() > 0) {
      return new OpenResult.InUse(known.get().lastApplied());
    }
    if (users.load(handle, wanted.id()).isPresent() || users.isOutdated(handle, wanted.id())) {
      return new OpenResult.KeyTaken();
    }
    if (known.isPresent()) {
      capacity.release(handle, known.get().reserved());
    } else if (!makeRoom(handle, wanted.startBlock(), maxSessions)) {
      return new OpenResult.Unavailable("This tower keeps as many sessions as it may");
    }
    if (!capacity.reserveSession(handle, wanted.maxUpdates())) {
      known.ifPresent(old -> sessions.delete(handle, old.id()));
      return new OpenResult.Unavailable("This tower has no slots for all updates of the session");
    }
    sessions.store(handle, wanted);
    return new OpenResult.Opened();
  }

  /** Deletes unused sessions, if there are as many sessions as there may be. */
  private boolean makeRoom(Handle handle, long height, long maxSessions) {
    if (sessions.count(handle) < maxSessions) {
      return true;
    }
    capacity.release(handle, sessions.deleteUnused(handle, height - DELETE_BLOCKS, BATCH_SIZE));
    return sessions.count(handle) < maxSessions;
  }

  /** Takes capacity from unused sessions, oldest first, until there is enough for a new one. */
  private void makeCapacity(int slots) {
    if (slots > capacity.largestSession()) {
      return;
    }
    long height = (long) gatekeeper.height() - LAPSE_BLOCKS;
    for (int i = 0; i < MAX_BATCHES && !capacity.hasRoomForSession(slots); i++) {
      long lapsed =
          database.write(
              handle -> {
                long reserved = sessions.lapseUnused(handle, height, BATCH_SIZE);
                capacity.release(handle, reserved);
                return reserved;
              });
      if (lapsed == 0) {
        return;
      }
    }
  }

  /** Stores an update; when this returns, it is on disk, and its commitment is looked for. */
  public UpdateResult apply(StateUpdate update) {
    UpdateResult result =
        capacity.whyNothingNew().isPresent() ? full(update) : database.write(updates, update);
    switch (result) {
      case UpdateResult.Stored(StoredAppointment stored, int sequence, int missing) -> {
        if (missing > 0) {
          logGap(update, missing);
        }
        log.atDebug()
            .addKeyValue("uuid", stored::uuid)
            .addKeyValue("session", update.session())
            .log("update stored");
        afterStore.accept(stored);
      }
      case UpdateResult.Refused(UpdateResult.Reason reason, int lastApplied) ->
          log.atDebug()
              .addKeyValue("session", update.session())
              .addKeyValue("sequence", update.sequence())
              .addKeyValue("client_has", update.lastApplied())
              .addKeyValue("tower_has", lastApplied)
              .addKeyValue("reason", reason)
              .log("update refused");
    }
    return result;
  }

  private UpdateResult full(StateUpdate update) {
    int lastApplied =
        database
            .read(handle -> sessions.load(handle, update.session()))
            .map(SessionRecord::lastApplied)
            .orElse(0);
    return new UpdateResult.Refused(UpdateResult.Reason.UNAVAILABLE, lastApplied);
  }

  /** Once for a session while the tower runs: a client may pretend gaps. */
  private void logGap(StateUpdate update, int missing) {
    if (gapsLogged.asMap().putIfAbsent(update.session(), true) == null) {
      log.atWarn()
          .addKeyValue("session", update.session())
          .addKeyValue("missing", missing)
          .addKeyValue("goes_on_at", update.sequence())
          .log("updates that were acknowledged earlier are missing in this database");
    }
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
                    capacity.release(handle, session.reserved());
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
