package teos.tower.gatekeeper;

import java.util.List;
import java.util.Optional;
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

  private final Database database;
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final SubscriptionTerms terms;
  private volatile int height;

  /** No user's data is due to be deleted below this height. */
  private long nextDeletion;

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
    this.appointments = appointments;
    this.trackers = trackers;
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
   */
  public RegistrationReceipt addOrUpdateUser(PublicKey user, Dialect dialect) {
    UserRecord stored =
        database.write(
            handle -> {
              UserRecord renewed =
                  users
                      .load(handle, user)
                      .map(known -> renewed(known, dialect))
                      .orElseGet(() -> created(user, dialect));
              users.store(handle, renewed);
              return renewed;
            });
    log.info(
        "user {} has a subscription: slots={} expiry={}",
        user,
        stored.availableSlots(),
        stored.subscriptionExpiry());
    return new RegistrationReceipt(
        user, stored.availableSlots(), stored.subscriptionStart(), stored.subscriptionExpiry());
  }

  private UserRecord created(PublicKey user, Dialect dialect) {
    return new UserRecord(user, dialect, terms.slots(), height, fromNow());
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
    try {
      return user(MessageSignature.recover(message, signature));
    } catch (InvalidSignatureException e) {
      return Optional.empty();
    }
  }

  /** A registered user. */
  public Optional<UserRecord> user(PublicKey id) {
    return database.read(handle -> users.load(handle, id));
  }

  /** A registered user, as the caller's transaction sees them. */
  public Optional<UserRecord> user(Handle handle, PublicKey id) {
    return users.load(handle, id);
  }

  /** Whether the subscription has ended. */
  public boolean hasExpired(UserRecord user) {
    return height >= user.subscriptionExpiry();
  }

  /**
   * Takes {@code slots} from the user's, or gives them back where negative, within the caller's
   * transaction.
   *
   * @return what is left, or nothing if the user has not as many; nothing is changed then
   */
  public Optional<Long> takeSlots(Handle handle, UserRecord user, long slots) {
    long left = user.availableSlots() - slots;
    if (left < 0) {
      return Optional.empty();
    }
    long capped = Math.min(left, U32_MAX);
    if (slots != 0) {
      users.store(handle, user.withSlots(capped));
    }
    return Optional.of(capped);
  }

  /** Gives slots back to a user, if there still is one, within the caller's transaction. */
  public void returnSlots(Handle handle, PublicKey id, long slots) {
    users.load(handle, id).ifPresent(user -> takeSlots(handle, user, -slots));
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
    List<PublicKey> outdated =
        database.read(handle -> users.expiredBy(handle, connected - terms.expiryDelta()));
    for (PublicKey user : outdated) {
      database.write(
          handle -> {
            appointments.deleteAppointmentsOf(handle, user);
            trackers.giveUpOf(handle, user);
            users.delete(handle, user);
            return null;
          });
      log.info("user {} deleted: the subscription ended {} blocks ago", user, terms.expiryDelta());
    }
    // Whoever registers, or renews, from now on has at least a subscription's duration.
    long earliest = database.read(users::earliestExpiry).orElse(U32_MAX);
    nextDeletion =
        Math.min(connected + terms.duration(), earliest) + terms.expiryDelta();
  }

  /** Notes the height after the block over it has left the chain. */
  public void blockDisconnected(int disconnected) {
    height = disconnected - 1;
    nextDeletion = 0; // who registers now has a subscription that ends earlier
  }
}
