package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;

/**
 * A receipt as it is kept: with it a user can show anyone, offline, that the tower had promised to
 * watch. The file is described in docs/client.md.
 *
 * @param registration under which the promise was made
 * @param receivedAt when, by the user's clock; nobody has signed it
 * @param lastStatus what the tower said of the appointment when it was last asked, such as {@code
 *     dispute_responded}; nobody has signed it
 */
public record Receipt(
    ReceiptParties parties,
    Registration registration,
    SignedReceipt signedReceipt,
    Instant receivedAt,
    Optional<String> lastStatus) {

  /** What {@code format} says in a receipt's file. */
  public static final String FORMAT = "teos-receipt/1";

  /** The same with the status that the tower has just named. */
  public Receipt withStatus(String status) {
    return new Receipt(parties, registration, signedReceipt, receivedAt, Optional.of(status));
  }

  /** The content of its file. */
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
   * Reads a receipt's file; signatures are not checked here.
   *
   * @throws MalformedException if it is not one
   */
  public static Receipt parse(String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.malformed("format", FORMAT + " is expected");
    }
    ReceiptParties parties = ReceiptParties.readFrom(json);
    JsonFields registration = json.object("registration");
    JsonFields promise = json.object("receipt");
    JsonFields notes = json.object("notes");
    Receipt receipt =
        new Receipt(
            parties,
            Registration.readFrom(registration, parties.dialect()),
            SignedReceipt.readFrom(promise),
            notes.time("received_at"),
            notes.optionalText("last_status"));
    registration.requireNoOtherFields();
    promise.requireNoOtherFields();
    notes.requireNoOtherFields();
    json.requireNoOtherFields();
    return receipt;
  }
}
