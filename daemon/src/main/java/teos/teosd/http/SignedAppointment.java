package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HexFormat;
import java.util.Optional;
import teos.protocol.Appointment;
import teos.protocol.Locator;

/** Appointment with its user's signature. */
record SignedAppointment(Appointment appointment, String signature) {

  /**
   * Parses {@code request} for both dialects: a request whose fields have the right types means the
   * same in either. Returns empty for any other request; a dialect's inspection then finds the
   * error.
   */
  static Optional<SignedAppointment> parse(JsonNode request) {
    JsonNode appointment = request.path("appointment");
    JsonNode locator = appointment.path("locator");
    JsonNode blob = appointment.path("encrypted_blob");
    JsonNode delay = appointment.path("to_self_delay");
    JsonNode signature = request.path("signature");
    if (!locator.isTextual()
        || !blob.isTextual()
        || !delay.isIntegralNumber()
        || !delay.canConvertToLong()
        || !signature.isTextual()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new SignedAppointment(
              new Appointment(
                  Locator.fromHex(locator.textValue()),
                  HexFormat.of().parseHex(blob.textValue()),
                  delay.longValue()),
              signature.textValue()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
