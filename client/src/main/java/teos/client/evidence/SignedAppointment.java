package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * An appointment with the user's signature, as sent to a tower.
 *
 * @param signature the user's, over {@link Appointment#signedBytes}
 */
public record SignedAppointment(Appointment appointment, String signature) {

  /** Signs {@code appointment}. */
  public static SignedAppointment sign(SecretKey user, Appointment appointment) {
    return new SignedAppointment(
        appointment, MessageSignature.sign(appointment.signedBytes(), user));
  }

  /** Recovers the key that signed it; empty if the signature is not valid. */
  public Optional<PublicKey> signer() {
    return SignerRecovery.recover(appointment.signedBytes(), signature);
  }

  /** Writes the object {@code appointment} and {@code user_signature}. */
  public void writeTo(ObjectNode json) {
    json.set("appointment", json(appointment));
    json.put("user_signature", signature);
  }

  /** Returns the three fields of an appointment, as all towers expect them. */
  public static ObjectNode json(Appointment appointment) {
    return JsonText.newObject()
        .put("locator", appointment.locator().toHex())
        .put("encrypted_blob", JsonText.hex(appointment.encryptedBlob()))
        .put("to_self_delay", appointment.toSelfDelay());
  }

  /** Reads what {@link #writeTo} writes. */
  public static SignedAppointment readFrom(JsonFields json) throws MalformedException {
    JsonFields inner = json.object("appointment");
    Appointment appointment = appointment(inner);
    inner.requireNoOtherFields();
    return new SignedAppointment(appointment, json.text("user_signature"));
  }

  /** Reads an appointment from a file or a tower's response. */
  public static Appointment appointment(JsonFields json) throws MalformedException {
    return new Appointment(
        json.parsed("locator", "32 hex digits", Locator::fromHex),
        json.bytes("encrypted_blob"),
        json.u32("to_self_delay"));
  }
}
