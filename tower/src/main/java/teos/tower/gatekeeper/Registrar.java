package teos.tower.gatekeeper;

import org.jdbi.v3.core.Handle;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.tower.gatekeeper.Gatekeeper.MaxSlotsReachedException;
import teos.tower.gatekeeper.Gatekeeper.SessionKeyException;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.gatekeeper.Gatekeeper.TowerFullException;
import teos.tower.store.SessionsDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UserRecord.Usage;
import teos.tower.store.UsersDBM;

/**
 * Creates and renews subscriptions: how many slots a registration grants and when it expires. See
 * {@link Gatekeeper#addOrUpdateUser} for the rules.
 */
final class Registrar {

  /** Largest unsigned 32-bit integer: the most slots a user can have, and the last height. */
  static final long U32_MAX = 0xffff_ffffL;

  private final UsersDBM users;
  private final SessionsDBM sessions = new SessionsDBM();
  private final ExpiredUserPurger purger;
  private final Capacity capacity;
  private final SubscriptionTerms terms;

  Registrar(UsersDBM users, ExpiredUserPurger purger, Capacity capacity, SubscriptionTerms terms) {
    this.users = users;
    this.purger = purger;
    this.capacity = capacity;
    this.terms = terms;
  }

  /**
   * Registers {@code user} at {@code height} or renews the subscription, within the caller's
   * transaction.
   *
   * @return the user as stored
   */
  UserRecord register(Handle handle, PublicKey user, Dialect dialect, int height) {
    UserRecord registered =
        users
            .load(handle, user)
            .map(known -> renew(handle, known, dialect, height))
            .orElseGet(() -> create(handle, user, dialect, height));
    users.store(handle, registered);
    return registered;
  }

  private UserRecord create(Handle handle, PublicKey user, Dialect dialect, int height) {
    if (sessions.load(handle, user).isPresent()) {
      throw new SessionKeyException();
    }
    purger.finishPurgeOf(handle, user);
    UserRecord empty =
        new UserRecord(user, dialect, 0, height, expiryFrom(height), 0, Usage.UNUSED);
    // Another process may have registered the user in the meantime: then this is a renewal.
    if (!users.insert(handle, empty)) {
      return renew(handle, users.load(handle, user).orElseThrow(), dialect, height);
    }
    long slots = capacity.grant(handle, terms.slots());
    if (slots == 0) {
      throw new TowerFullException();
    }
    return new UserRecord(
        user, dialect, slots, height, empty.subscriptionExpiry(), slots, Usage.UNUSED);
  }

  private UserRecord renew(Handle handle, UserRecord known, Dialect asked, int height) {
    long expiry =
        switch (asked) {
          case V1 -> Math.max(known.subscriptionExpiry(), expiryFrom(height));
          case V2 -> expiryFrom(Math.max(known.subscriptionExpiry(), height));
        };
    // Slots returned by deleted appointments are added to those granted meanwhile.
    long wanted = Math.clamp(U32_MAX - known.availableSlots(), 0, terms.slots());
    boolean runsOut = known.subscriptionExpiry() < expiryFrom(height);
    long slots =
        asked == Dialect.V2 && runsOut
            ? capacity.grantAny(handle, wanted)
            : capacity.grant(handle, wanted);
    if (known.availableSlots() >= U32_MAX && expiry == known.subscriptionExpiry()) {
      throw new MaxSlotsReachedException();
    }
    return known.renewed(asked, slots, expiry);
  }

  private long expiryFrom(long height) {
    return Math.min(U32_MAX, height + terms.duration());
  }
}
