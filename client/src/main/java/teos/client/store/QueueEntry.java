package teos.client.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Locator;

/**
 * An appointment that the tower has not accepted yet.
 *
 * @param name file name; names sort in the order in which the appointments were added
 * @param queuedAt by the user's clock
 */
public record QueueEntry(
    String name, ReceiptParties parties, SignedAppointment signedAppointment, Instant queuedAt) {

  private static final String FORMAT = "teos-queued/1";

  /** Returns the appointment's locator. */
  public Locator locator() {
    return signedAppointment.appointment().locator();
  }

  ObjectNode json() {
    ObjectNode json = JsonText.newObject().put("format", FORMAT);
    parties.writeTo(json);
    signedAppointment.writeTo(json);
    return json.put("queued_at", queuedAt.toString());
  }

  static QueueEntry parse(String name, String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.malformed("format", FORMAT + " is expected");
    }
    return new QueueEntry(
        name,
        ReceiptParties.readFrom(json),
        SignedAppointment.readFrom(json),
        json.time("queued_at"));
  }
}
