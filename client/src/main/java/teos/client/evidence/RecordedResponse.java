package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;

/**
 * A tower's response as recorded by the client. Towers sign receipts only, so a response alone
 * proves nothing about the tower.
 *
 * @param path path of the request, such as {@code /get_appointment}
 * @param status HTTP status
 * @param body body as text
 * @param receivedAt by the user's clock
 */
public record RecordedResponse(String path, int status, String body, Instant receivedAt) {

  void writeTo(ObjectNode json) {
    json.put("path", path)
        .put("status", status)
        .put("body", body)
        .put("received_at", receivedAt.toString());
  }

  static RecordedResponse readFrom(JsonFields json) throws MalformedException {
    long status = json.u32("status");
    if (status > 999) {
      throw json.malformed("status", "an HTTP status is expected");
    }
    return new RecordedResponse(
        json.text("path"), (int) status, json.text("body"), json.time("received_at"));
  }
}
