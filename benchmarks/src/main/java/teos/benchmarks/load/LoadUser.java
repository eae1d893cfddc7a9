package teos.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;

/**
 * Registered user.
 *
 * @param slots slots that the tower granted
 * @param tower the tower's id: the key that signed the registration
 */
record LoadUser(SecretKey key, long slots, PublicKey tower) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * Registers a new user.
   *
   * @throws LoadException if the tower refuses, or if the signature of its receipt is invalid
   */
  static LoadUser register(
      TowerConnection connection, HttpRequests requests, SecretKey key, Dialect dialect)
      throws IOException, LoadException {
    ReplyReader reply = connection.exchange(requests.register(key.publicKey()));
    String text = new String(reply.body(), StandardCharsets.UTF_8);
    if (reply.status() != 200) {
      throw new LoadException("cannot register: HTTP " + reply.status() + " " + text.strip());
    }
    JsonNode answer = MAPPER.readTree(text);
    RegistrationReceipt receipt =
        new RegistrationReceipt(
            key.publicKey(),
            answer.path("available_slots").asLong(),
            answer.path("subscription_start").asLong(),
            answer.path("subscription_expiry").asLong());
    try {
      return new LoadUser(
          key,
          receipt.availableSlots(),
          MessageSignature.recover(
              receipt.signedBytes(dialect), answer.path("subscription_signature").asText()));
    } catch (InvalidSignatureException e) {
      throw new LoadException("the registration receipt has an invalid signature: " + text.strip());
    }
  }

  String sign(Appointment appointment) {
    return MessageSignature.sign(appointment.signedBytes(), key);
  }
}
