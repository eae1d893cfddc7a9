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
import teos.tower.store.Outbox;
import teos.tower.store.OutboxDBM;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.UsersDBM;

/**
 * Opens sessions of lnd's clients, stores their updates and deletes them. Changes are on disk when
 * a method returns. As with lnd's own tower, a session with updates does not expire; it stays until
 * its client deletes it.
 *
 * <p>A new session reserves capacity for all of its updates. After {@value #LAPSE_BLOCKS} blocks, a
 * session without updates may lose its capacity to a new session, oldest first; its first update
 * takes capacity again, if there is any. After {@value #DELETE_BLOCKS} blocks, a session without
 * updates may be deleted, but only when the session limit is reached: lnd's client never stops
 * sending to a session, so a deleted one may cost its user states.
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
  private final StateUpdateWriter writer;

  /** Sessions for which a gap has been logged. */
  private final Cache<PublicKey, Boolean> gapsLogged =
      CacheBuilder.newBuilder().maximumSize(1_000).build();

  private SessionService(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      Outbox outbox,
      Consumer<StoredAppointment> afterStore) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
    this.capacity = gatekeeper.capacity();
    this.afterStore = afterStore;
    this.writer =
        new StateUpdateWriter(sessions, appointments, capacity, gatekeeper::height, outbox);
  }

  /**
   * Returns the service of the process that watches.
   *
   * @param afterStore called with each update that is on disk, because its commitment may already
   *     have been seen
   */
  public static SessionService watching(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      Gatekeeper gatekeeper,
      Consumer<StoredAppointment> afterStore) {
    return new SessionService(database, users, appointments, gatekeeper, Outbox.NONE, afterStore);
  }

  /** Returns the service of a front end, which forwards each update to the process that watches. */
  public static SessionService frontEnd(
      Database database, UsersDBM users, AppointmentsDBM appointments, Gatekeeper gatekeeper) {
    return new SessionService(
        database, users, appointments, gatekeeper, new OutboxDBM()::add, stored -> {});
  }

  /**
   * Opens a session for {@code id}. A session without updates is replaced.
   *
   * @param rewardScript output script of the tower's reward; empty for none
   * @param maxSessions maximum number of sessions in the tower
   */
  public OpenResult open(
      PublicKey id, JusticePolicy policy, byte[] rewardScript, int maxUpdates, long maxSessions) {
    SessionRecord wanted =
        SessionRecord.opened(id, policy, rewardScript, maxUpdates, gatekeeper.height());
    OpenResult result =
        capacity
            .noNewUsersReason()
            .<OpenResult>map(OpenResult.Unavailable::new)
            .orElseGet(
                () -> {
                  freeCapacity(maxUpdates);
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
    if (users.load(handle, wanted.id()).isPresent() || users.isAwaitingPurge(handle, wanted.id())) {
      return new OpenResult.KeyTaken();
    }
    if (known.isPresent()) {
      capacity.release(handle, known.get().reserved());
    } else if (!makeRoom(handle, wanted.startBlock(), maxSessions)) {
      return new OpenResult.Unavailable("The tower has reached its session limit");
    }
    if (!capacity.reserveSession(handle, wanted.maxUpdates())) {
      known.ifPresent(replaced -> sessions.delete(handle, replaced.id()));
      return new OpenResult.Unavailable(
          "The tower has too few free slots for all updates of the session");
    }
    sessions.store(handle, wanted);
    return new OpenResult.Opened();
  }

  /** Deletes unused sessions if the limit is reached; returns whether there is room now. */
  private boolean makeRoom(Handle handle, long height, long maxSessions) {
    if (sessions.count(handle) < maxSessions) {
      return true;
    }
    capacity.release(handle, sessions.deleteUnused(handle, height - DELETE_BLOCKS, BATCH_SIZE));
    return sessions.count(handle) < maxSessions;
  }

  /** Takes capacity from unused sessions, oldest first, until a new one has enough. */
  private void freeCapacity(int slots) {
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

  /** Stores an update, and checks recent transactions for its commitment. */
  public UpdateResult apply(StateUpdate update) {
    UpdateResult result =
        capacity.noNewDataReason().isPresent()
            ? refuseForCapacity(update)
            : database.write(writer, update);
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

  private UpdateResult refuseForCapacity(StateUpdate update) {
    int lastApplied =
        database
            .read(handle -> sessions.load(handle, update.session()))
            .map(SessionRecord::lastApplied)
            .orElse(0);
    return new UpdateResult.Refused(UpdateResult.Reason.UNAVAILABLE, lastApplied);
  }

  /** Logs a gap once for each session and process: a client may fake gaps. */
  private void logGap(StateUpdate update, int missing) {
    if (gapsLogged.asMap().putIfAbsent(update.session(), true) == null) {
      log.atWarn()
          .addKeyValue("session", update.session())
          .addKeyValue("missing", missing)
          .addKeyValue("resumes_at", update.sequence())
          .log("acknowledged updates are missing from this database");
    }
  }

  /**
   * Deletes a session with its updates. The tower continues to respond to disputes that it has
   * seen.
   *
   * @return false if there is no such session
   */
  public boolean delete(PublicKey id) {
    boolean deleted =
        database.write(
            handle -> {
              Optional<SessionRecord> known = sessions.load(handle, id);
              known.ifPresent(
                  session -> {
                    sessions.delete(handle, id);
                    users.markForPurge(handle, List.of(id));
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

  /** Returns up to {@code limit} sessions, ordered by key, starting after {@code after}. */
  public List<SessionRecord> page(Optional<PublicKey> after, int limit) {
    return database.read(handle -> sessions.page(handle, after, limit));
  }

  /** Returns the number of appointments, of sessions and of all other users. */
  public long appointments() {
    return appointments.countAppointments();
  }
}
