package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HexFormat;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.MessageSignature.InvalidSignatureException;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.SignedTexts;
import teos.protocol.Txid;

/**
 * User of a tower that speaks one of the two HTTP dialects and recovers the signers of receipts.
 */
public final class TowerUser {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpClient http;
  private final URI api;
  private final Dialect dialect;
  private final SecretKey key;

  /**
   * @param api URI of the tower's public API, such as {@code http://127.0.0.1:9814}
   */
  public TowerUser(URI api, Dialect dialect, SecretKey key) {
    this(newHttp(), api, dialect, key);
  }

  /**
   * Creates a user with an HTTP client that several users may share.
   *
   * @param http from {@link #newHttp}
   */
  public TowerUser(HttpClient http, URI api, Dialect dialect, SecretKey key) {
    this.http = http;
    this.api = api;
    this.dialect = dialect;
    this.key = key;
  }

  /** Returns a new HTTP/1.1 client. */
  public static HttpClient newHttp() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** HTTP response of a tower. */
  public record Reply(int status, String text) {

    /** Returns the body as JSON. */
    public JsonNode json() {
      try {
        return MAPPER.readTree(text);
      } catch (IOException e) {
        throw new IllegalStateException("not JSON: " + text, e);
      }
    }
  }

  /**
   * Appointment that a tower has accepted.
   *
   * @param response body of the tower's response, with the receipt
   * @param signedBy key that signed the receipt
   */
  public record Receipt(Appointment appointment, JsonNode response, PublicKey signedBy) {}

  public PublicKey id() {
    return key.publicKey();
  }

  /** Registers, or renews the subscription. */
  public Reply register() throws IOException, InterruptedException {
    String field = dialect == Dialect.V1 ? "public_key" : "user_id";
    return post("/register", MAPPER.createObjectNode().put(field, id().toHex()));
  }

  /** Returns an appointment with the {@code penalty} (raw) for the {@code dispute}. */
  public Appointment appointment(Txid dispute, byte[] penalty) {
    return new Appointment(dialect.locator(dispute), Blob.encrypt(penalty, dispute, dialect), 144);
  }

  /** Sends an appointment. */
  public Reply send(Appointment appointment) throws IOException, InterruptedException {
    return post("/add_appointment", request(appointment));
  }

  /** Returns the signed request body of add_appointment. */
  public ObjectNode request(Appointment appointment) {
    ObjectNode request = MAPPER.createObjectNode();
    request
        .putObject("appointment")
        .put("locator", appointment.locator().toHex())
        .put("encrypted_blob", HexFormat.of().formatHex(appointment.encryptedBlob()))
        .put("to_self_delay", appointment.toSelfDelay());
    return request.put("signature", MessageSignature.sign(appointment.signedBytes(), key));
  }

  /**
   * Sends an appointment and recovers the signer of the receipt.
   *
   * @throws IllegalStateException if the tower does not accept it
   */
  public Receipt sendForReceipt(Appointment appointment)
      throws IOException, InterruptedException, InvalidSignatureException {
    Reply reply = send(appointment);
    if (reply.status() != 200) {
      throw new IllegalStateException("the tower did not accept the appointment: " + reply);
    }
    JsonNode answer = reply.json();
    AppointmentReceipt receipt =
        new AppointmentReceipt(
            MessageSignature.sign(appointment.signedBytes(), key),
            answer.path("start_block").asLong());
    PublicKey tower =
        MessageSignature.recover(receipt.signedBytes(dialect), answer.path("signature").asText());
    return new Receipt(appointment, answer, tower);
  }

  /** Requests an appointment. */
  public Reply get(Locator locator) throws IOException, InterruptedException {
    return post(
        "/get_appointment",
        MAPPER
            .createObjectNode()
            .put("locator", locator.toHex())
            .put("signature", MessageSignature.sign(SignedTexts.getAppointment(locator), key)));
  }

  /** Requests the deletion of an appointment. */
  public Reply delete(Locator locator) throws IOException, InterruptedException {
    return post(
        "/delete_appointment",
        MAPPER
            .createObjectNode()
            .put("locator", locator.toHex())
            .put("signature", MessageSignature.sign(SignedTexts.deleteAppointment(locator), key)));
  }

  /** Requests the deletion of one version of an appointment. */
  public Reply delete(Locator locator, long startBlock) throws IOException, InterruptedException {
    byte[] text = SignedTexts.deleteAppointment(locator, startBlock);
    return post(
        "/delete_appointment",
        MAPPER
            .createObjectNode()
            .put("locator", locator.toHex())
            .put("start_block", startBlock)
            .put("signature", MessageSignature.sign(text, key)));
  }

  /** Requests the subscription's details. */
  public Reply subscription() throws IOException, InterruptedException {
    return post(
        "/get_subscription_info",
        MAPPER
            .createObjectNode()
            .put("signature", MessageSignature.sign(SignedTexts.getSubscriptionInfo(), key)));
  }

  /** Posts {@code body} unchanged. */
  public Reply post(String path, JsonNode body) throws IOException, InterruptedException {
    return post(path, body.toString());
  }

  /** Posts {@code body} unchanged. */
  public Reply post(String path, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path))
            .timeout(TestTimeouts.EVENT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    return new Reply(response.statusCode(), response.body());
  }
}
