package teos.client;

import java.util.List;
import teos.protocol.Locator;

/**
 * What the tower says of the subscription.
 *
 * @param subscriptionExpiry height
 * @param locators of the appointments that it has
 * @param missing of those that it has signed for, within this subscription, and does not list
 */
public record SubscriptionInfo(
    long availableSlots, long subscriptionExpiry, List<Locator> locators, List<Locator> missing) {

  public SubscriptionInfo {
    locators = List.copyOf(locators);
    missing = List.copyOf(missing);
  }
}
