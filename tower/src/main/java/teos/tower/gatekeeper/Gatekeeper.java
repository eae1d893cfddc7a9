package teos.tower.gatekeeper;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.SessionsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Who may use the tower, how much of it, and until when. The only component that knows of users;
 * the others ask it.
 */
public final class Gatekeeper {

  private static final Logger log = LoggerFactory.getLogger(Gatekeeper.class);

  /** The most that an unsigned 32-bit integer holds: of slots, and of blocks. */
  private static final long U32_MAX = 0xffff_ffffL;

  private static final int MOST_SIGNERS = 10_000;
  private static final int SIGNER_KEPT_SECONDS = 2;

  private final Database database;
  private final UsersDBM users;
  private final SessionsDBM sessions = new SessionsDBM();
  private final OutdatedUsers outdated;
  private final SubscriptionTerms terms;

  /** Spares a look into the database with each of many appointments of one user. */
  private final Cache<PublicKey, Signer> signers =
      CacheBuilder.newBuilder()
          .maximumSize(MOST_SIGNERS)
          .expireAfterWrite(SIGNER_KEPT_SECONDS, TimeUnit.SECONDS)
          .build();

  private volatile int height;

  /** No user's data is due to be deleted below this height. */
  private volatile long nextDeletion;

  /**
   * @param height of the last block that the tower has dealt with
   */
  public Gatekeeper(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      SubscriptionTerms terms,
      int height) {
    this.database = database;
    this.users = users;
    this.outdated =
        new OutdatedUsers(database, users, appointments, trackers, signers::invalidateAll);
    this.terms = terms;
    this.height = height;
  }

  /**
   * What a registration gives.
   *
   * @param slots slots
   * @param duration blocks
   * @param expiryDelta blocks for which the data stays after the end
   */
  public record SubscriptionTerms(long slots, long duration, long expiryDelta) {}

  /** Thrown when a user would have more slots than a u32 counts. */
  public static final class MaxSlotsReachedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MaxSlotsReachedException() {
      super("no more slots can be added: a subscription has at most " + U32_MAX);
    }
  }

  /** Thrown when a key is to be a user's that an lnd client has a session with. */
  public static final class SessionKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SessionKeyException() {
      super("this key has a session of lnd's protocol: register with another key");
    }
  }

  /** Height of the last block that the tower has heard of. */
  public int height() {
    return height;
  }

  /**
   * Registers {@code user}, or adds to a subscription that there is: slots are added, and the end is
   * put off by the duration (v2), or set to the duration from now (v1).
   *
   * @return what the tower has to sign; on disk already
   * @throws MaxSlotsReachedException if there would be too many slots; nothing is changed then
   * @throws SessionKeyException if the key is not for this; nothing is changed then
   */
  public RegistrationReceipt addOrUpdateUser(PublicKey user, Dialect dialect) {
    UserRecord stored =
        database.write(
            handle ->
                users
                    .load(handle, user)
                    .map(known -> store(handle, renewed(known, dialect)))
                    .orElseGet(() -> create(handle, user, dialect)));
    signers.put(user, new Signer(user, dialect));
    log.atInfo()
        .addKeyValue("user", user)
        .addKeyValue("slots", stored.availableSlots())
        .addKeyValue("expiry", stored.subscriptionExpiry())
        .log("registered");
    return new RegistrationReceipt(
        user, stored.availableSlots(), stored.subscriptionStart(), stored.subscriptionExpiry());
  }

  private UserRecord create(Handle handle, PublicKey user, Dialect dialect) {
    if (sessions.load(handle, user).isPresent()) {
      throw new SessionKeyException();
    }
    outdated.finish(handle, user);
    UserRecord created = new UserRecord(user, dialect, terms.slots(), height, fromNow());
    // Another process may have been first, and a registration there adds to this one.
    return users.insert(handle, created)
        ? created
        : store(handle, renewed(users.load(handle, user).orElseThrow(), dialect));
  }

  private UserRecord store(Handle handle, UserRecord user) {
    users.store(handle, user);
    return user;
  }

  private UserRecord renewed(UserRecord known, Dialect dialect) {
    long slots = known.availableSlots() + terms.slots();
    if (slots > U32_MAX) {
      throw new MaxSlotsReachedException();
    }
    long expiry =
        switch (dialect) {
          case V1 -> fromNow();
          case V2 -> Math.min(U32_MAX, known.subscriptionExpiry() + terms.duration());
        };
    return new UserRecord(known.id(), dialect, slots, known.subscriptionStart(), expiry);
  }

  private long fromNow() {
    return Math.min(U32_MAX, height + terms.duration());
  }

  /** The registered user that signed {@code message}, if it was one. */
  public Optional<UserRecord> authenticate(byte[] message, String signature) {
    return recover(message, signature).flatMap(this::user);
  }

  /**
   * The registered user that signed {@code message}, if it was one, for a request to which the
   * database has the last word: a user who has just been deleted, or has just changed the dialect,
   * may be as before.
   */
  public Optional<Signer> signer(byte[] message, String signature) {
    return recover(message, signature)
        .flatMap(
            id -> {
              Signer known = signers.getIfPresent(id);
              if (known != null) {
                return Optional.of(known);
              }
              Optional<Signer> stored = user(id).map(user -> new Signer(id, user.dialect()));
              stored.ifPresent(signer -> signers.put(id, signer));
              return stored;
            });
  }

  /** Who has signed something, and in which dialect they speak. */
  public record Signer(PublicKey id, Dialect dialect) {}

  private static Optional<PublicKey> recover(byte[] message, String signature) {
    try {
      return Optional.of(MessageSignature.recover(message, signature));
    } catch (InvalidSignatureException e) {
      return Optional.empty();
    }
  }

  /** A registered user. */
  public Optional<UserRecord> user(PublicKey id) {
    return database.read(handle -> users.load(handle, id));
  }

  /** Those of {@code ids} that are registered, as the caller's transaction sees them. */
  public Map<PublicKey, UserRecord> users(Handle handle, Collection<PublicKey> ids) {
    Map<PublicKey, UserRecord> found = new HashMap<>();
    users.load(handle, Set.copyOf(ids)).forEach(user -> found.put(user.id(), user));
    return found;
  }

  /**
   * Lets no other process take appointments of {@code ids} until the caller's transaction has ended:
   * each does this first. Where there is no other process, there is nothing to be done.
   */
  public void lock(Handle handle, Collection<PublicKey> ids) {
    if (database.isShared()) {
      users.load(handle, Set.copyOf(ids));
    }
  }

  /** Whether the subscription has ended. */
  public boolean hasExpired(UserRecord user) {
    return height >= user.subscriptionExpiry();
  }

  /**
   * The user with {@code slots} fewer, or more where that is negative; nothing if there are not as
   * many. Nothing is stored by this.
   */
  public Optional<UserRecord> withoutSlots(UserRecord user, long slots) {
    long left = user.availableSlots() - slots;
    return left < 0 ? Optional.empty() : Optional.of(user.withSlots(Math.min(left, U32_MAX)));
  }

  /** Stores how many slots the users {@code changed} have, within the caller's transaction. */
  public void storeSlots(Handle handle, Collection<UserRecord> changed) {
    users.updateSlots(handle, changed);
  }

  /** Gives slots back to a user, if there still is one, within the caller's transaction. */
  public void returnSlots(Handle handle, PublicKey id, long slots) {
    users
        .load(handle, id)
        .flatMap(user -> withoutSlots(user, -slots))
        .ifPresent(user -> storeSlots(handle, List.of(user)));
  }

  /** How many slots the user has left, within the caller's transaction; 0 if there is no such user. */
  public long slots(Handle handle, PublicKey id) {
    return users.load(handle, id).map(UserRecord::availableSlots).orElse(0L);
  }

  /**
   * Notes the height, and deletes those users with their appointments whose subscription ended
   * {@code expiryDelta} blocks ago. Disputes that are being answered are seen through all the
   * same; only penalties that bitcoind refuses to take, and those of disputes that are gone again,
   * are given up now.
   */
  public void blockConnected(int connected) {
    height = connected;
    if (connected >= nextDeletion) {
      deleteOutdated(connected);
    }
  }

  private void deleteOutdated(int connected) {
    outdated.delete(connected - terms.expiryDelta());
    // Whoever registers, or renews, from now on has at least a subscription's duration.
    long earliest = database.read(users::earliestExpiry).orElse(U32_MAX);
    nextDeletion =
        Math.min(connected + terms.duration(), earliest) + terms.expiryDelta();
  }

  /** Has what is left of a deleted session deleted with the next block. */
  public void sessionDeleted() {
    nextDeletion = 0;
  }

  /** Notes the height that another process, which watches, has come to. */
  public void follow(int seen) {
    height = seen;
  }

  /** Notes the height after the block over it has left the chain. */
  public void blockDisconnected(int disconnected) {
    height = disconnected - 1;
    nextDeletion = 0; // who registers now has a subscription that ends earlier
  }
}
