package teos.tower.gatekeeper;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.tower.database.Database;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Users and their subscriptions: registration, authentication, slots and expiry. All other
 * components ask the gatekeeper about users.
 */
public final class Gatekeeper {

  private static final Logger log = LoggerFactory.getLogger(Gatekeeper.class);

  /** Blocks after which a key that has signed nothing is purged while capacity is low: a day. */
  static final int UNUSED_BLOCKS = 144;

  private final Database database;
  private final UsersDBM users;
  private final Capacity capacity;
  private final SubscriptionTerms terms;
  private final UserDirectory directory;
  private final UserAuthenticator authenticator;
  private final ExpiredUserPurger purger;
  private final Registrar registrar;

  private volatile int height;

  /** Height below which no user's data has to be purged. */
  private volatile long nextPurge;

  /**
   * @param height of the last block that the tower has processed
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
    this.capacity = capacity;
    this.terms = terms;
    this.directory = new UserDirectory(database, capacity);
    this.authenticator = new UserAuthenticator(database, users, directory);
    this.purger =
        new ExpiredUserPurger(
            database, users, appointments, trackers, capacity, authenticator::invalidate);
    this.registrar = new Registrar(users, purger, capacity, terms);
    this.height = height;
  }

  /**
   * What a registration grants.
   *
   * @param slots slots; a registration grants fewer while capacity is low
   * @param duration blocks
   * @param expiryDelta blocks for which the data is kept after the subscription has ended
   */
  public record SubscriptionTerms(long slots, long duration, long expiryDelta) {}

  /** Thrown when a renewal can add neither slots (a u32 limits them) nor blocks. */
  public static final class MaxSlotsReachedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MaxSlotsReachedException() {
      super("no more slots can be added: a subscription has at most " + Registrar.U32_MAX);
    }
  }

  /** Thrown when all slots are granted and a new user would get none. */
  public static final class TowerFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TowerFullException() {
      super("This tower has granted all its slots, and takes no new users");
    }
  }

  /** Thrown when the key of an lnd client's session is registered as a user. */
  public static final class SessionKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SessionKeyException() {
      super("this key has a session of lnd's protocol: register with another key");
    }
  }

  /** Returns the capacity of the tower and the reserved slots. */
  public Capacity capacity() {
    return capacity;
  }

  /** Returns the height of the last block that the tower has processed. */
  public int height() {
    return height;
  }

  /**
   * Registers {@code user}, or renews an existing subscription. Slots are added, as many as
   * capacity allows. A v2 renewal adds the duration to the current height or to the current expiry,
   * whichever is later; a v1 renewal sets the expiry to the duration from now. The expiry never
   * moves closer.
   *
   * <p>Registrations are not signed: anybody can register any key. Therefore a registration takes
   * nothing from a user, and the dialect of a user who has signed a request does not change.
   *
   * @param dialect dialect of the request
   * @return the receipt that the tower has to sign; the subscription is on disk already
   * @throws MaxSlotsReachedException if neither slots nor expiry can grow; nothing is changed then
   * @throws TowerFullException if a new user would get no slot; nothing is changed then
   * @throws SessionKeyException if the key belongs to an lnd session; nothing is changed then
   */
  public RegistrationReceipt addOrUpdateUser(PublicKey user, Dialect dialect) {
    UserRecord stored = database.write(handle -> registrar.register(handle, user, dialect, height));
    authenticator.invalidate(List.of(user));
    log.atInfo()
        .addKeyValue("user", user)
        .addKeyValue("slots", stored.availableSlots())
        .addKeyValue("expiry", stored.subscriptionExpiry())
        .log("registered");
    return new RegistrationReceipt(
        user, stored.availableSlots(), stored.subscriptionStart(), stored.subscriptionExpiry());
  }

  /**
   * Returns the registered user who signed {@code message}; empty if the signature is invalid or
   * the user unknown. The first signed request fixes the user's dialect, unless the key was
   * registered in both: the signed text is the same in either dialect, and the last registration
   * may have been a stranger's.
   */
  public Optional<UserRecord> authenticate(byte[] message, String signature) {
    return authenticator.authenticate(message, signature);
  }

  /**
   * Returns the registered user who signed {@code message}, possibly from a cache that is up to two
   * seconds old; empty if the signature is invalid or the user unknown. For requests that the
   * database checks again: the user may have been deleted or have changed the dialect since.
   */
  public Optional<Signer> signer(byte[] message, String signature) {
    return authenticator.signer(message, signature);
  }

  /** User who signed a message, and the dialect that the user speaks. */
  public record Signer(PublicKey id, Dialect dialect) {}

  /** Returns the registered user {@code id}. */
  public Optional<UserRecord> user(PublicKey id) {
    return database.read(handle -> users.load(handle, id));
  }

  /** Returns the labels of users and when they were last seen, which only the operator sees. */
  public UserDirectory directory() {
    return directory;
  }

  /** Returns the users among {@code ids} that are registered, as the transaction sees them. */
  public Map<PublicKey, UserRecord> users(Handle handle, Collection<PublicKey> ids) {
    Map<PublicKey, UserRecord> found = new HashMap<>();
    users.load(handle, Set.copyOf(ids)).forEach(user -> found.put(user.id(), user));
    return found;
  }

  /**
   * Locks the rows of {@code ids} until the caller's transaction ends, so that no other process
   * stores appointments of theirs: each process calls this first. Does nothing on SQLite, which
   * only one process writes.
   */
  public void lock(Handle handle, Collection<PublicKey> ids) {
    if (database.isShared()) {
      users.load(handle, Set.copyOf(ids));
    }
  }

  /** Returns whether the subscription has ended at the current height. */
  public boolean hasExpired(UserRecord user) {
    return height >= user.subscriptionExpiry();
  }

  /** Stores slots, usage and dialect of {@code changed}, within the caller's transaction. */
  public void update(Handle handle, Collection<UserRecord> changed) {
    users.update(handle, changed);
  }

  /**
   * Takes the slots of an appointment that is dropped without a penalty from its user, so that they
   * can be granted again, within the transaction that drops it.
   */
  public void forfeitSlots(Handle handle, PublicKey id, long slots) {
    if (users.forfeit(handle, id, slots)) {
      capacity.release(handle, slots);
    }
  }

  /** Returns slots to a user, if the user still exists, within the caller's transaction. */
  public void returnSlots(Handle handle, PublicKey id, long slots) {
    users
        .load(handle, id)
        .flatMap(user -> user.withoutSlots(-slots))
        .ifPresent(user -> update(handle, List.of(user)));
  }

  /** Returns the slots that a user has left, as the transaction sees them; 0 for unknown users. */
  public long availableSlots(Handle handle, PublicKey id) {
    return users.load(handle, id).map(UserRecord::availableSlots).orElse(0L);
  }

  /**
   * Sets the height and purges users, with their appointments, whose subscription ended {@code
   * expiryDelta} blocks ago. Penalties that bitcoind has accepted are still followed to the end;
   * penalties that it rejects, and those whose dispute is missing, are abandoned.
   */
  public void blockConnected(int connected) {
    height = connected;
    if (connected >= nextPurge) {
      purgeExpired(connected);
    }
    purger.purgeUnused(connected - UNUSED_BLOCKS);
    directory.startWritingIfDue();
  }

  private void purgeExpired(int connected) {
    purger.purgeExpired(connected - terms.expiryDelta());
    // Subscriptions that are registered or renewed later last at least the full duration.
    long earliest = database.read(users::earliestExpiry).orElse(Registrar.U32_MAX);
    nextPurge = Math.min(connected + terms.duration(), earliest) + terms.expiryDelta();
  }

  /** Schedules the purge of a deleted session's appointments for the next block. */
  public void sessionDeleted() {
    nextPurge = 0;
  }

  /** Sets the height that the watching process has reached; for front ends. */
  public void setHeight(int seen) {
    height = seen;
  }

  /** Sets the height to that of the parent after a block has left the chain. */
  public void blockDisconnected(int disconnected) {
    height = disconnected - 1;
    nextPurge = 0; // a registration from now on expires earlier than assumed
  }
}
