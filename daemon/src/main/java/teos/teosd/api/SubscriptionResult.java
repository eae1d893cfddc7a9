package teos.teosd.api;

import teos.tower.store.UserRecord;

/** Result of looking up a user's subscription. */
public sealed interface SubscriptionResult {

  /** The active subscription; {@link InternalApi#locators} returns its locators. */
  record Active(UserRecord user) implements SubscriptionResult {}

  /** The user's subscription ended at the height {@code expiry}. */
  record Expired(long expiry) implements SubscriptionResult {}
}
