package teos.client.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Appointment;
import teos.protocol.Locator;

/** What unsigned answers say about one appointment, in either dialect. */
public final class ResponseReader {

  private static final int NOT_FOUND = 404;
  private static final int UNAUTHORIZED = 401;
  private static final int V2_NOT_FOUND = 36;
  private static final int V2_UNKNOWN_USER = 7;
  private static final int V1_UNKNOWN_USER = -8;

  private ResponseReader() {}

  /** Whether the answer says that there is no such appointment, or no such user. */
  public static boolean deniesAppointment(RecordedResponse answer) {
    if (answer.status() == UNAUTHORIZED) {
      return deniesUser(answer);
    }
    if (answer.status() != NOT_FOUND) {
      return false;
    }
    JsonNode body = body(answer);
    return body.path("status").asText().equals("not_found")
        || body.path("error_code").asInt() == V2_NOT_FOUND;
  }

  /** Whether the answer says that the user is unknown, or that the subscription has ended. */
  public static boolean deniesUser(RecordedResponse answer) {
    int code = body(answer).path("error_code").asInt();
    return answer.status() >= 400
        && (answer.status() == UNAUTHORIZED || code == V2_UNKNOWN_USER || code == V1_UNKNOWN_USER);
  }

  /** Whether the answer lists the user's appointments, and this one is not among them. */
  static boolean omitsFromList(RecordedResponse answer, Locator locator) {
    return answer.status() == 200
        && locators(body(answer))
            .map(
                list -> {
                  for (JsonNode one : list) {
                    if (one.asText().equalsIgnoreCase(locator.toHex())) {
                      return false;
                    }
                  }
                  return true;
                })
            .orElse(false);
  }

  /** The list of locators in an answer of either dialect. */
  public static Optional<JsonNode> locators(JsonNode body) {
    for (String field : new String[] {"locators", "appointments"}) {
      if (body.path(field).isArray()) {
        return Optional.of(body.path(field));
      }
    }
    return Optional.empty();
  }

  /** The appointment that the tower says it watches for; empty if it says something else. */
  public static Optional<Appointment> watchedAppointment(RecordedResponse answer) {
    JsonNode body = body(answer);
    if (answer.status() != 200
        || !body.path("status").asText().equals("being_watched")
        || !(body.path("appointment") instanceof ObjectNode appointment)) {
      return Optional.empty();
    }
    try {
      return Optional.of(SignedAppointment.appointment(new JsonFields(appointment)));
    } catch (MalformedException e) {
      return Optional.empty();
    }
  }

  private static JsonNode body(RecordedResponse answer) {
    try {
      return JsonText.parse(answer.body());
    } catch (MalformedException e) {
      return JsonText.newObject();
    }
  }
}
