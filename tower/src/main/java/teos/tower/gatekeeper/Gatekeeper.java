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
import teos.tower.database.Database;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.SessionsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UserRecord.Usage;
import teos.tower.store.UsersDBM;

/**
 * Who may use the tower, how much of it, and until when. The only component that knows of users;
 * the others ask it.
 */
public final class Gatekeeper {

  private static final Logger log = LoggerFactory.getLogger(Gatekeeper.class);

  /** The most that an unsigned 32-bit integer holds: of slots, and of blocks. */
  private static final long U32_MAX = 0xffff_ffffL;

  /** Blocks after which a key that nothing was signed with lapses, when capacity is low: a day. */
  static final int UNUSED_BLOCKS = 144;

  private static final int MOST_SIGNERS = 10_000;
  private static final int SIGNER_KEPT_SECONDS = 2;

  private final Database database;
  private final UsersDBM users;
  private final SessionsDBM sessions = new SessionsDBM();
  private final ExpiredUserPurger purger;
  private final Capacity capacity;
  private final SubscriptionTerms terms;
  private final UserDirectory directory;

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
      Capacity capacity,
      SubscriptionTerms terms,
      int height) {
    this.database = database;
    this.users = users;
    this.purger =
        new ExpiredUserPurger(
            database, users, appointments, trackers, capacity, signers::invalidateAll);
    this.capacity = capacity;
    this.terms = terms;
    this.directory = new UserDirectory(database, capacity);
    this.height = height;
  }

  /**
   * What a registration gives.
   *
   * @param slots slots, or fewer when capacity runs low
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

  /** Thrown when a new user would get no slot, because all are granted. */
  public static final class TowerFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TowerFullException() {
      super("This tower has granted all its slots, and takes no new users");
    }
  }

  /** Thrown when a key is to be a user's that an lnd client has a session with. */
  public static final class SessionKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SessionKeyException() {
      super("this key has a session of lnd's protocol: register with another key");
    }
  }

  /** The slots that the tower can keep, and those it has promised. */
  public Capacity capacity() {
    return capacity;
  }

  /** Height of the last block that the tower has heard of. */
  public int height() {
    return height;
  }

  /**
   * Registers {@code user}, or adds to a subscription that there is. Slots are added, as many as
   * capacity allows. The end is put off by the duration from the current height, or from where it
   * was if that is later (v2), or set to the duration from now (v1), and never moves closer.
   *
   * <p>Nobody has signed this: anybody can register any key. So it takes nothing from a user, and
   * the dialect of one who has signed a request stays as it is.
   *
   * @param dialect in which the user asks
   * @return what the tower has to sign; on disk already
   * @throws MaxSlotsReachedException if neither slots nor the end can grow; nothing is changed then
   * @throws TowerFullException if a new user would get no slot; nothing is changed then
   * @throws SessionKeyException if the key is not for this; nothing is changed then
   */
  public RegistrationReceipt addOrUpdateUser(PublicKey user, Dialect dialect) {
    UserRecord stored =
        database.write(
            handle ->
                users
                    .load(handle, user)
                    .map(known -> renew(handle, known, dialect))
                    .orElseGet(() -> create(handle, user, dialect)));
    signers.invalidate(user);
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
    purger.finish(handle, user);
    UserRecord created = new UserRecord(user, dialect, 0, height, fromNow(height), 0, Usage.UNUSED);
    // Another process may have been first, and a registration there adds to this one.
    if (!users.insert(handle, created)) {
      return renew(handle, users.load(handle, user).orElseThrow(), dialect);
    }
    long slots = capacity.grant(handle, terms.slots());
    if (slots == 0) {
      throw new TowerFullException();
    }
    return store(
        handle,
        new UserRecord(
            user, dialect, slots, height, created.subscriptionExpiry(), slots, Usage.UNUSED));
  }

  private UserRecord store(Handle handle, UserRecord user) {
    users.store(handle, user);
    return user;
  }

  private UserRecord renew(Handle handle, UserRecord known, Dialect asked) {
    long expiry =
        switch (asked) {
          case V1 -> Math.max(known.subscriptionExpiry(), fromNow(height));
          case V2 -> fromNow(Math.max(known.subscriptionExpiry(), height));
        };
    long wanted = Math.min(terms.slots(), U32_MAX - known.availableSlots());
    boolean runsOut = known.subscriptionExpiry() < fromNow(height);
    long slots =
        asked == Dialect.V2 && runsOut
            ? capacity.grantAny(handle, wanted)
            : capacity.grant(handle, wanted);
    if (known.availableSlots() == U32_MAX && expiry == known.subscriptionExpiry()) {
      throw new MaxSlotsReachedException();
    }
    boolean used = known.usage() == Usage.USED;
    Usage usage = used || known.dialect() == asked ? known.usage() : Usage.CONTESTED;
    return store(
        handle,
        new UserRecord(
            known.id(),
            used ? known.dialect() : asked,
            known.availableSlots() + slots,
            known.subscriptionStart(),
            expiry,
            known.reservedSlots() + slots,
            usage));
  }

  private long fromNow(long from) {
    return Math.min(U32_MAX, from + terms.duration());
  }

  /**
   * Returns the registered user that signed {@code message}, if it was one. With the first such
   * request the user's dialect is settled, unless the key was registered in both: what is signed
   * here reads the same in either, and the last to register may have been a stranger.
   */
  public Optional<UserRecord> authenticate(byte[] message, String signature) {
    Optional<UserRecord> known = recover(message, signature).flatMap(this::user);
    known.ifPresent(user -> directory.seen(user.id()));
    return known.map(user -> user.usage() == Usage.UNUSED ? settle(user) : user);
  }

  private UserRecord settle(UserRecord user) {
    UserRecord used = user.used(user.dialect());
    database.execute(
        handle -> {
          users
              .load(handle, user.id())
              .filter(now -> now.usage() == Usage.UNUSED)
              .ifPresent(now -> users.update(handle, List.of(now.used(now.dialect()))));
        });
    return used;
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
              stored.ifPresent(
                  signer -> {
                    signers.put(id, signer);
                    directory.seen(id);
                  });
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

  /** What the operator is shown of users, beside their subscriptions. */
  public UserDirectory directory() {
    return directory;
  }

  /** Those of {@code ids} that are registered, as the caller's transaction sees them. */
  public Map<PublicKey, UserRecord> users(Handle handle, Collection<PublicKey> ids) {
    Map<PublicKey, UserRecord> found = new HashMap<>();
    users.load(handle, Set.copyOf(ids)).forEach(user -> found.put(user.id(), user));
    return found;
  }

  /**
   * Lets no other process take appointments of {@code ids} until the caller's transaction has
   * ended: each does this first. Where there is no other process, there is nothing to be done.
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
    return left < 0
        ? Optional.empty()
        : Optional.of(user.withSlots(Math.min(left, user.reservedSlots())));
  }

  /** Stores the slots, usage and dialect of {@code changed}, within the caller's transaction. */
  public void update(Handle handle, Collection<UserRecord> changed) {
    users.update(handle, changed);
  }

  /**
   * Takes slots from a user for an appointment that is dropped without being answered, within the
   * caller's transaction that drops it: they can be granted again.
   */
  public void forfeitSlots(Handle handle, PublicKey id, long slots) {
    if (users.forfeit(handle, id, slots)) {
      capacity.release(handle, slots);
    }
  }

  /** Gives slots back to a user, if there still is one, within the caller's transaction. */
  public void returnSlots(Handle handle, PublicKey id, long slots) {
    users
        .load(handle, id)
        .flatMap(user -> withoutSlots(user, -slots))
        .ifPresent(user -> update(handle, List.of(user)));
  }

  /**
   * How many slots the user has left, within the caller's transaction; 0 if there is no such user.
   */
  public long slots(Handle handle, PublicKey id) {
    return users.load(handle, id).map(UserRecord::availableSlots).orElse(0L);
  }

  /**
   * Notes the height, and deletes those users with their appointments whose subscription ended
   * {@code expiryDelta} blocks ago. Disputes that are being answered are seen through all the same;
   * only penalties that bitcoind refuses to take, and those of disputes that are gone again, are
   * given up now.
   */
  public void blockConnected(int connected) {
    height = connected;
    if (connected >= nextDeletion) {
      deleteOutdated(connected);
    }
    purger.deleteUnused(connected - UNUSED_BLOCKS);
    directory.writeNowAndThen();
  }

  private void deleteOutdated(int connected) {
    purger.delete(connected - terms.expiryDelta());
    // Whoever registers, or renews, from now on has at least a subscription's duration.
    long earliest = database.read(users::earliestExpiry).orElse(U32_MAX);
    nextDeletion = Math.min(connected + terms.duration(), earliest) + terms.expiryDelta();
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
