package teos.cln.method;

import com.fasterxml.jackson.databind.node.ObjectNode;
import teos.client.evidence.Registration;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;

/** Registration receipt, in the form of rust-teos's plugin. */
final class RegistrationJson {

  private RegistrationJson() {}

  static ObjectNode of(KnownTower tower) {
    Registration registration = tower.registration();
    return JsonText.newObject()
        .put("user_id", tower.parties().user().toHex())
        .put("available_slots", registration.availableSlots())
        .put("subscription_start", registration.subscriptionStart())
        .put("subscription_expiry", registration.subscriptionExpiry())
        .put("subscription_signature", registration.signature());
  }
}
