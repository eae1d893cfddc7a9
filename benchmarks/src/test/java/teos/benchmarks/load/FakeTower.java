package teos.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.Executors;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;

/**
 * Tower that answers as the test wants, which a real one cannot be made to do. It speaks dialect
 * v2, registers every user, and stores nothing.
 */
final class FakeTower implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int SLOTS = 10_000;
  private static final int START = 100;
  private static final int EXPIRY = 4000;

  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final HttpServer server;

  /** Answers add_appointment. */
  interface Responder {
    /** Returns the receipt or another response. */
    String respond(JsonNode request, SecretKey key) throws Exception;
  }

  FakeTower(Responder answer) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/register", exchange -> reply(exchange, this::register));
    server.createContext(
        "/add_appointment", exchange -> reply(exchange, request -> answer.respond(request, key)));
    server.start();
  }

  /**
   * Returns a receipt with {@code startBlock}, signed by {@code signer} for block {@value #START}.
   */
  static String receipt(JsonNode request, SecretKey signer, int startBlock) {
    AppointmentReceipt receipt = new AppointmentReceipt(request.path("signature").asText(), START);
    return MAPPER
        .createObjectNode()
        .put("locator", request.path("appointment").path("locator").asText())
        .put("start_block", startBlock)
        .put("signature", MessageSignature.sign(receipt.signedBytes(Dialect.V2), signer))
        .toString();
  }

  static String receipt(JsonNode request, SecretKey signer) {
    return receipt(request, signer, START);
  }

  URI api() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private interface Handler {
    String answer(JsonNode request) throws Exception;
  }

  private static void reply(HttpExchange exchange, Handler handler) throws IOException {
    try (exchange) {
      JsonNode request = MAPPER.readTree(exchange.getRequestBody().readAllBytes());
      byte[] answer = handler.answer(request).getBytes(StandardCharsets.UTF_8);
      boolean error = answer.length > 0 && answer[0] != '{';
      exchange.sendResponseHeaders(error ? 503 : 200, answer.length);
      exchange.getResponseBody().write(answer);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private String register(JsonNode request) {
    PublicKey user = PublicKey.fromHex(request.path("user_id").asText());
    RegistrationReceipt receipt = new RegistrationReceipt(user, SLOTS, START, EXPIRY);
    ObjectNode answer =
        MAPPER
            .createObjectNode()
            .put("user_id", user.toHex())
            .put("available_slots", SLOTS)
            .put("subscription_start", START)
            .put("subscription_expiry", EXPIRY);
    return answer
        .put("subscription_signature", MessageSignature.sign(receipt.signedBytes(Dialect.V2), key))
        .toString();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
