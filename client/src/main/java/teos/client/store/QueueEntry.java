package teos.client.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import teos.client.evidence.ReceiptParties;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Appointment;
import teos.protocol.Locator;

/**
 * An appointment that the tower has not accepted yet.
 *
 * @param name file name; names sort in the order in which the appointments were added
 * @param signedAppointment what to send to the tower, unless there is a bundle and the tower
 *     supports bundles
 * @param bundle what to send instead to a tower that supports bundles; empty for a single penalty,
 *     and once the first attempt to send has chosen one of the two
 * @param queuedAt by the user's clock
 */
public record QueueEntry(
    String name,
    ReceiptParties parties,
    SignedAppointment signedAppointment,
    Optional<SignedAppointment> bundle,
    Instant queuedAt) {

  private static final String FORMAT = "teos-queued/1";
  private static final String BUNDLE = "bundle";

  /** Returns the appointment's locator. */
  public Locator locator() {
    return signedAppointment.appointment().locator();
  }

  /** Returns the appointments of which one has been or will be sent. */
  public List<Appointment> appointments() {
    return Stream.concat(Stream.of(signedAppointment), bundle.stream())
        .map(SignedAppointment::appointment)
        .toList();
  }

  /** Returns a copy that contains only what to send to a tower with or without bundles. */
  public QueueEntry choose(boolean supportsBundles) {
    return new QueueEntry(
        name,
        parties,
        supportsBundles ? bundle.orElse(signedAppointment) : signedAppointment,
        Optional.empty(),
        queuedAt);
  }

  ObjectNode json() {
    ObjectNode json = JsonText.newObject().put("format", FORMAT);
    parties.writeTo(json);
    signedAppointment.writeTo(json);
    bundle.ifPresent(signed -> signed.writeTo(json.putObject(BUNDLE)));
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
        json.has(BUNDLE)
            ? Optional.of(SignedAppointment.readFrom(json.object(BUNDLE)))
            : Optional.empty(),
        json.time("queued_at"));
  }
}
