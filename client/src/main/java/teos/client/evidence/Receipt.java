package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Appointment;

/**
 * A receipt as saved. It proves to anyone, offline, that the tower has promised to watch. The file
 * format is described in docs/client.md.
 *
 * @param registration registration under which the tower signed it
 * @param receivedAt by the user's clock; not signed
 * @param lastStatus status of the appointment that the tower last reported, such as {@code
 *     dispute_responded}; not signed
 */
public record Receipt(
    ReceiptParties parties,
    Registration registration,
    SignedReceipt signedReceipt,
    Instant receivedAt,
    Optional<String> lastStatus) {

  /** Value of {@code format} in the file of a receipt. */
  public static final String FORMAT = "teos-receipt/1";

  /** Returns the appointment that the tower has signed for. */
  public Appointment appointment() {
    return signedReceipt.signedAppointment().appointment();
  }

  /** Returns a copy with the status that the tower has reported. */
  public Receipt withStatus(String status) {
    return new Receipt(parties, registration, signedReceipt, receivedAt, Optional.of(status));
  }

  /** Returns the content of the receipt's file. */
  public ObjectNode json() {
    ObjectNode json = JsonText.newObject().put("format", FORMAT);
    parties.writeTo(json);
    registration.writeTo(json.putObject("registration"), parties.dialect());
    signedReceipt.writeTo(json.putObject("receipt"));
    ObjectNode notes = json.putObject("notes").put("received_at", receivedAt.toString());
    lastStatus.ifPresent(status -> notes.put("last_status", status));
    return json;
  }

  /**
   * Parses the file of a receipt without verifying its signatures.
   *
   * @throws MalformedException if the text is not a receipt
   */
  public static Receipt parse(String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.malformed("format", FORMAT + " is expected");
    }
    ReceiptParties parties = ReceiptParties.readFrom(json);
    JsonFields registration = json.object("registration");
    JsonFields signedReceipt = json.object("receipt");
    JsonFields notes = json.object("notes");
    Receipt receipt =
        new Receipt(
            parties,
            Registration.readFrom(registration, parties.dialect()),
            SignedReceipt.readFrom(signedReceipt),
            notes.time("received_at"),
            notes.optionalText("last_status"));
    registration.requireNoOtherFields();
    signedReceipt.requireNoOtherFields();
    notes.requireNoOtherFields();
    json.requireNoOtherFields();
    return receipt;
  }
}
