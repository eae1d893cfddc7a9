package teos.cln;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.testkit.FreePort;
import teos.testkit.TestTimeouts;

/** Tower for one user whose faults a test controls; its responses are those of rust-teos. */
final class FakeTower implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long HEIGHT = 132;

  final SecretKey key = SecretKey.generate(new SecureRandom());
  final int port;
  private final Map<String, JsonNode> appointments = new LinkedHashMap<>();
  private final Set<InetSocketAddress> connections = new HashSet<>();
  private final long slotsPerRegistration;
  private SecretKey signingKey = key;
  private long slots;
  private long expiry = HEIGHT;
  private int failure;
  private int requests;
  private @Nullable HttpServer server;

  FakeTower(long slotsPerRegistration) throws IOException {
    this.slotsPerRegistration = slotsPerRegistration;
    this.port = FreePort.find();
    start();
  }

  PublicKey id() {
    return key.publicKey();
  }

  String address() {
    return id() + "@127.0.0.1:" + port;
  }

  /** Starts to answer, again after {@link #stop}. */
  void start() throws IOException {
    HttpServer started =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
    started.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    started.createContext("/", this::answer);
    started.start();
    server = started;
  }

  /** Stops to listen. */
  void stop() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
  }

  /** Signs with another key from now on. */
  synchronized void changeKey() {
    signingKey = SecretKey.generate(new SecureRandom());
  }

  /** Answers with this HTTP status from now on; 0 for no failure. */
  synchronized void failWith(int status) {
    failure = status;
    requests = 0;
    notifyAll();
  }

  synchronized Set<String> locators() {
    return Set.copyOf(appointments.keySet());
  }

  /** Returns the number of connections from which appointments have come. */
  synchronized int connections() {
    return connections.size();
  }

  /** Waits until {@code count} appointments have been added. */
  void awaitAppointments(int count) throws InterruptedException {
    await(appointments::size, count, "appointments");
  }

  /** Waits until {@code count} requests have come since the last change of the failure. */
  void awaitRequests(int count) throws InterruptedException {
    await(() -> requests, count, "requests");
  }

  private synchronized void await(IntSupplier number, int expected, String what)
      throws InterruptedException {
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (number.getAsInt() < expected) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError(number.getAsInt() + " of " + expected + " " + what);
      }
      wait(millis);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode body = MAPPER.readTree(exchange.getRequestBody().readAllBytes());
      int status = 200;
      JsonNode answer;
      synchronized (this) {
        requests++;
        notifyAll();
        if (failure != 0) {
          status = failure;
          answer = MAPPER.createObjectNode().put("error", "not now");
          exchange.getResponseHeaders().add("Retry-After", "1");
        } else {
          answer = answer(exchange, exchange.getRequestURI().getPath(), body);
          status =
              answer.has("error") ? (answer.path("error_code").asInt() == 36 ? 404 : 401) : 200;
        }
      }
      byte[] bytes = MAPPER.writeValueAsBytes(answer);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private JsonNode answer(HttpExchange exchange, String path, JsonNode body) {
    return switch (path) {
      case "/register" -> register(PublicKey.fromHex(body.path("user_id").asText()));
      case "/add_appointment" -> {
        connections.add(exchange.getRemoteAddress());
        yield add(body);
      }
      case "/get_appointment" -> {
        JsonNode found = appointments.get(body.path("locator").asText());
        yield found == null
            ? error("Appointment not found", 36)
            : MAPPER
                .createObjectNode()
                .put("status", "being_watched")
                .<ObjectNode>set("appointment", found);
      }
      case "/get_subscription_info" -> {
        ObjectNode info =
            MAPPER
                .createObjectNode()
                .put("available_slots", slots)
                .put("subscription_expiry", expiry);
        appointments.keySet().forEach(info.putArray("locators")::add);
        yield info;
      }
      default -> MAPPER.createObjectNode();
    };
  }

  private static ObjectNode error(String text, int code) {
    return MAPPER.createObjectNode().put("error", text).put("error_code", code);
  }

  /** Registers a user, as a request does. */
  synchronized ObjectNode register(PublicKey user) {
    slots += slotsPerRegistration;
    expiry += 4320;
    byte[] signed = new RegistrationReceipt(user, slots, HEIGHT, expiry).signedBytes(Dialect.V2);
    return MAPPER
        .createObjectNode()
        .put("user_id", user.toHex())
        .put("available_slots", slots)
        .put("subscription_start", HEIGHT)
        .put("subscription_expiry", expiry)
        .put("subscription_signature", MessageSignature.sign(signed, signingKey));
  }

  private ObjectNode add(JsonNode body) {
    String locator = body.path("appointment").path("locator").asText();
    if (!appointments.containsKey(locator)) {
      if (slots == 0) {
        return error("Invalid signature or user does not have enough slots available", 7);
      }
      slots--;
    }
    appointments.put(locator, body.path("appointment"));
    notifyAll();
    byte[] signed =
        new AppointmentReceipt(body.path("signature").asText(), HEIGHT).signedBytes(Dialect.V2);
    return MAPPER
        .createObjectNode()
        .put("locator", locator)
        .put("start_block", HEIGHT)
        .put("signature", MessageSignature.sign(signed, signingKey))
        .put("available_slots", slots)
        .put("subscription_expiry", expiry);
  }

  @Override
  public void close() {
    stop();
  }
}
