package teos.client.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import teos.client.json.JsonFields;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Appointment;
import teos.protocol.Locator;

/** Interprets unsigned responses about appointments, in either dialect. */
public final class ResponseReader {

  private static final int NOT_FOUND = 404;
  private static final int UNAUTHORIZED = 401;
  private static final int V2_NOT_FOUND = 36;
  private static final int V2_UNKNOWN_USER = 7;
  private static final int V1_UNKNOWN_USER = -8;

  private ResponseReader() {}

  /** Returns whether the response says that the appointment or the user is unknown. */
  public static boolean deniesAppointment(RecordedResponse response) {
    if (response.status() == UNAUTHORIZED) {
      return deniesUser(response);
    }
    if (response.status() != NOT_FOUND) {
      return false;
    }
    JsonNode body = body(response);
    return body.path("status").asText().equals("not_found")
        || body.path("error_code").asInt() == V2_NOT_FOUND;
  }

  /** Returns whether the response says that the user is unknown or the subscription has ended. */
  public static boolean deniesUser(RecordedResponse response) {
    int code = body(response).path("error_code").asInt();
    return response.status() >= 400
        && (response.status() == UNAUTHORIZED
            || code == V2_UNKNOWN_USER
            || code == V1_UNKNOWN_USER);
  }

  /** Returns whether the response lists the user's appointments without {@code locator}. */
  static boolean omitsFromList(RecordedResponse response, Locator locator) {
    return response.status() == 200
        && locators(body(response))
            .map(
                list -> {
                  for (JsonNode listed : list) {
                    if (listed.asText().equalsIgnoreCase(locator.toHex())) {
                      return false;
                    }
                  }
                  return true;
                })
            .orElse(false);
  }

  /** Returns the list of locators in a response of either dialect. */
  public static Optional<JsonNode> locators(JsonNode body) {
    for (String field : new String[] {"locators", "appointments"}) {
      if (body.path(field).isArray()) {
        return Optional.of(body.path(field));
      }
    }
    return Optional.empty();
  }

  /** Returns the appointment in a response with status {@code being_watched}; otherwise empty. */
  public static Optional<Appointment> watchedAppointment(RecordedResponse response) {
    JsonNode body = body(response);
    if (response.status() != 200
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

  private static JsonNode body(RecordedResponse response) {
    try {
      return JsonText.parse(response.body());
    } catch (MalformedException e) {
      return JsonText.newObject();
    }
  }
}
