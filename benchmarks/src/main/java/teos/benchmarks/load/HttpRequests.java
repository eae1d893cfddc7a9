package teos.benchmarks.load;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.SignedTexts;

/**
 * Builds complete HTTP/1.1 requests for writing into a socket: request line, headers, and a JSON
 * body. The dialects differ in the name of one field.
 */
final class HttpRequests {

  private final String host;
  private final Dialect dialect;

  /**
   * @param api where the tower's public API is
   */
  HttpRequests(URI api, Dialect dialect) {
    this.host = api.getAuthority();
    this.dialect = dialect;
  }

  byte[] register(PublicKey user) {
    String field =
        switch (dialect) {
          case V1 -> "public_key";
          case V2 -> "user_id";
        };
    return post("/register", "{\"" + field + "\":\"" + user.toHex() + "\"}");
  }

  /**
   * @param signature the user's signature of {@code appointment}
   */
  byte[] addAppointment(Appointment appointment, String signature) {
    return post(
        "/add_appointment",
        "{\"appointment\":{\"locator\":\""
            + appointment.locator().toHex()
            + "\",\"encrypted_blob\":\""
            + HexFormat.of().formatHex(appointment.encryptedBlob())
            + "\",\"to_self_delay\":"
            + appointment.toSelfDelay()
            + "},\"signature\":\""
            + signature
            + "\"}");
  }

  byte[] getAppointment(Locator locator, SecretKey key) {
    return post(
        "/get_appointment",
        "{\"locator\":\""
            + locator.toHex()
            + "\",\"signature\":\""
            + MessageSignature.sign(SignedTexts.getAppointment(locator), key)
            + "\"}");
  }

  private byte[] post(String path, String body) {
    return ("POST "
            + path
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
