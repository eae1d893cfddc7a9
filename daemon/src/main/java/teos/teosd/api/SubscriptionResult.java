package teos.teosd.api;

import teos.tower.store.UserRecord;

/** Result of a question for a user's subscription. */
public sealed interface SubscriptionResult {

  /** The subscription; its locators are read by {@link InternalApi#locators}. */
  record Active(UserRecord user) implements SubscriptionResult {}

  /** The user's subscription has ended, at this height. */
  record Expired(long expiry) implements SubscriptionResult {}
}
