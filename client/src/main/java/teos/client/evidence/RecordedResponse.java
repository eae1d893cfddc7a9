package teos.client.evidence;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import teos.client.json.JsonFields;
import teos.client.json.MalformedException;

/**
 * What came back for a request. Towers sign receipts, and nothing else: an answer as such is the
 * word of whoever wrote it down.
 *
 * @param path such as {@code /get_appointment}
 * @param status of HTTP
 * @param body as text
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
