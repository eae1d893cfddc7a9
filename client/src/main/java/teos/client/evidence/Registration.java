package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;

/**
 * A registration with the tower's signature: the tower serves the user until the expiry.
 *
 * @param availableSlots the user's free slots after the registration
 * @param subscriptionStart height at which the subscription begins; 0 in dialect v1, which does not
 *     sign it
 * @param subscriptionExpiry height at which the subscription ends
 * @param signature the tower's, over {@link RegistrationReceipt#signedBytes}
 */
public record Registration(
    long availableSlots, long subscriptionStart, long subscriptionExpiry, String signature) {

  /** Recovers the key that signed the registration; empty if the signature is not valid. */
  public Optional<PublicKey> signer(ReceiptParties parties) {
    return SignerRecovery.recover(
        new RegistrationReceipt(
                parties.user(), availableSlots, subscriptionStart, subscriptionExpiry)
            .signedBytes(parties.dialect()),
        signature);
  }

  /** Writes the fields of a tower's response. */
  public void writeTo(ObjectNode json, Dialect dialect) {
    json.put("available_slots", availableSlots);
    if (dialect == Dialect.V2) {
      json.put("subscription_start", subscriptionStart);
    }
    json.put("subscription_expiry", subscriptionExpiry).put("subscription_signature", signature);
  }

  /** Reads the fields from a file or a tower's response. */
  public static Registration readFrom(JsonFields json, Dialect dialect) throws MalformedException {
    return new Registration(
        json.u32("available_slots"),
        dialect == Dialect.V2 ? json.u32("subscription_start") : 0,
        json.u32("subscription_expiry"),
        json.text("subscription_signature"));
  }
}
