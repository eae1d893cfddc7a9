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
 * An appointment that the tower has not taken yet.
 *
 * @param name of its file; names are in the order in which appointments were handed in
 */
public record QueueEntry(
    String name, ReceiptParties parties, SignedAppointment sent, Instant queuedAt) {

  private static final String FORMAT = "teos-queued/1";

  public Locator locator() {
    return sent.appointment().locator();
  }

  ObjectNode json() {
    ObjectNode json = JsonText.object().put("format", FORMAT);
    parties.into(json);
    sent.into(json);
    return json.put("queued_at", queuedAt.toString());
  }

  static QueueEntry parse(String name, String text) throws MalformedException {
    JsonFields json = new JsonFields(JsonText.parse(text));
    if (!json.text("format").equals(FORMAT)) {
      throw json.wrong("format", FORMAT + " is expected");
    }
    return new QueueEntry(
        name, ReceiptParties.from(json), SignedAppointment.from(json), json.time("queued_at"));
  }
}
