package teos.cln.method;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.cln.tower.Tower;

/** The fields that {@code listtowers} and {@code gettowerinfo} have in common. */
final class TowerSummary {

  private TowerSummary() {}

  static ObjectNode of(Tower tower) throws IOException {
    KnownTower known = tower.known();
    return JsonText.newObject()
        .put("net_addr", known.address().toString())
        .put("available_slots", known.availableSlots())
        .put("subscription_start", known.registration().subscriptionStart())
        .put("subscription_expiry", known.subscriptionExpiry())
        .put("status", tower.status().text());
  }
}
