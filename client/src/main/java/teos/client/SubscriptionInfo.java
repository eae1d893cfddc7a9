package teos.client;

import java.util.List;
import teos.protocol.Locator;

/**
 * The subscription, as reported by the tower.
 *
 * @param subscriptionExpiry height at which the subscription ends
 * @param locators locators of all appointments that the tower lists
 * @param missing locators that the tower has signed for within this subscription but does not list
 */
public record SubscriptionInfo(
    long availableSlots, long subscriptionExpiry, List<Locator> locators, List<Locator> missing) {

  public SubscriptionInfo {
    locators = List.copyOf(locators);
    missing = List.copyOf(missing);
  }
}
