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

/** A user of a tower, who speaks one of the two dialects over HTTP and checks what is signed. */
public final class TowerUser {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpClient http;
  private final URI api;
  private final Dialect dialect;
  private final SecretKey key;

  /**
   * @param api where the tower's public API is, such as {@code http://127.0.0.1:9814}
   */
  public TowerUser(URI api, Dialect dialect, SecretKey key) {
    this(newHttp(), api, dialect, key);
  }

  /**
   * Uses an HTTP client that several users share.
   *
   * @param http of {@link #newHttp}
   */
  public TowerUser(HttpClient http, URI api, Dialect dialect, SecretKey key) {
    this.http = http;
    this.api = api;
    this.dialect = dialect;
    this.key = key;
  }

  /** A client of HTTP/1.1, as users have it. */
  public static HttpClient newHttp() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  /** What a tower answered. */
  public record Reply(int status, String text) {

    /** The answer as JSON. */
    public JsonNode json() {
      try {
        return MAPPER.readTree(text);
      } catch (IOException e) {
        throw new IllegalStateException("not JSON: " + text, e);
      }
    }
  }

  /** An appointment that the tower has signed for. */
  public record Receipt(Appointment appointment, JsonNode response, PublicKey signedBy) {}

  public PublicKey id() {
    return key.publicKey();
  }

  /** Registers. */
  public Reply register() throws IOException, InterruptedException {
    String field = dialect == Dialect.V1 ? "public_key" : "user_id";
    return post("/register", MAPPER.createObjectNode().put(field, id().toHex()));
  }

  /** The appointment for a penalty of a dispute. */
  public Appointment appointment(Txid dispute, byte[] penalty) {
    return new Appointment(dialect.locator(dispute), Blob.encrypt(penalty, dispute, dialect), 144);
  }

  /** Sends an appointment. */
  public Reply send(Appointment appointment) throws IOException, InterruptedException {
    return post("/add_appointment", request(appointment));
  }

  /** The body of add_appointment, signed. */
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
   * Sends an appointment and recovers who signed the receipt.
   *
   * @throws IllegalStateException if the tower does not take it
   */
  public Receipt sendForReceipt(Appointment appointment)
      throws IOException, InterruptedException, InvalidSignatureException {
    Reply reply = send(appointment);
    if (reply.status() != 200) {
      throw new IllegalStateException("not taken: " + reply);
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

  /** Asks for an appointment. */
  public Reply get(Locator locator) throws IOException, InterruptedException {
    return post(
        "/get_appointment",
        MAPPER
            .createObjectNode()
            .put("locator", locator.toHex())
            .put("signature", MessageSignature.sign(SignedTexts.getAppointment(locator), key)));
  }

  /** Asks for an appointment to be deleted. */
  public Reply delete(Locator locator) throws IOException, InterruptedException {
    return post(
        "/delete_appointment",
        MAPPER
            .createObjectNode()
            .put("locator", locator.toHex())
            .put("signature", MessageSignature.sign(SignedTexts.deleteAppointment(locator), key)));
  }

  /** Asks for one version of an appointment to be deleted. */
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

  /** Asks for the subscription. */
  public Reply subscription() throws IOException, InterruptedException {
    return post(
        "/get_subscription_info",
        MAPPER
            .createObjectNode()
            .put("signature", MessageSignature.sign(SignedTexts.getSubscriptionInfo(), key)));
  }

  /** Posts {@code body} as it is. */
  public Reply post(String path, JsonNode body) throws IOException, InterruptedException {
    return post(path, body.toString());
  }

  /** Posts {@code body} as it is. */
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
