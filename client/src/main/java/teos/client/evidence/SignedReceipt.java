package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * An appointment with a signature that should be the tower's.
 *
 * @param signedAppointment the appointment as the user has sent it
 * @param startBlock height from which the tower watches
 * @param signature the tower's, over {@link AppointmentReceipt#signedBytes}
 */
public record SignedReceipt(
    SignedAppointment signedAppointment, long startBlock, String signature) {

  /** Recovers the key that signed the receipt; empty if the signature is not valid. */
  public Optional<PublicKey> signer(Dialect dialect) {
    try {
      return SignerRecovery.recover(
          new AppointmentReceipt(signedAppointment.signature(), startBlock).signedBytes(dialect),
          signature);
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the user's signature is malformed
    }
  }

  /** Writes the appointment, both signatures and {@code start_block}. */
  public void writeTo(ObjectNode json) {
    signedAppointment.writeTo(json);
    json.put("start_block", startBlock).put("tower_signature", signature);
  }

  /** Reads what {@link #writeTo} writes. */
  public static SignedReceipt readFrom(JsonFields json) throws MalformedException {
    return new SignedReceipt(
        SignedAppointment.readFrom(json), json.u32("start_block"), json.text("tower_signature"));
  }
}
