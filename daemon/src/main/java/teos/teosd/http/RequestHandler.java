package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.StorageException;

/** Takes each request of the public API through the limits, its endpoint and the observer. */
final class RequestHandler {

  private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);
  private static final String ADD_APPOINTMENT = "/add_appointment";
  private static final String JSON = "application/json";
  private static final int MAX_SENDING_BYTES = 16 << 20;
  private static final long STORAGE_RETRY_SECONDS = 30;

  private final Throttle throttle;
  private final ApiDialect unknown;
  private final ClientAddress clients;
  private final RequestBodyReader bodies = new RequestBodyReader(System::nanoTime);
  private final Map<String, Endpoint> endpoints;

  /** One permit is held for each byte that waits to be sent in large responses. */
  private final Semaphore sending = new Semaphore(MAX_SENDING_BYTES);

  private volatile PublicApi.Observer observer = (path, status, nanos) -> {};

  /** A call of users. */
  private interface Endpoint {
    ApiResponse answer(JsonNode request, InetAddress from) throws ApiException;
  }

  RequestHandler(UserEndpoints users, Throttle throttle, ClientAddress clients) {
    this.throttle = throttle;
    this.unknown = users.unknown();
    this.clients = clients;
    this.endpoints =
        Map.of(
            "/register",
            users::register,
            ADD_APPOINTMENT,
            (json, from) -> users.addAppointment(json),
            "/get_appointment",
            (json, from) -> users.getAppointment(json),
            "/delete_appointment",
            (json, from) -> users.deleteAppointment(json),
            "/get_subscription_info",
            (json, from) -> users.getSubscriptionInfo(json));
  }

  /** The paths that are answered here, all by POST. */
  Set<String> paths() {
    return endpoints.keySet();
  }

  void onAnswer(PublicApi.Observer each) {
    observer = each;
  }

  /**
   * Answers the request of {@code exchange}, whose path is one of {@link #paths}.
   *
   * @throws IOException if the client is gone before it has the whole response
   */
  void handle(HttpExchange exchange) throws IOException {
    long start = System.nanoTime();
    int status = 408; // of one that never arrives whole
    try {
      status = sendWithinLimit(exchange, answer(exchange));
    } finally {
      observer.answered(exchange.path(), status, System.nanoTime() - start);
    }
  }

  private int sendWithinLimit(HttpExchange exchange, ApiResponse response) throws IOException {
    int held = response instanceof ApiResponse.Streamed streamed ? streamed.heldBytes() : 0;
    if (!sending.tryAcquire(held)) {
      ApiResponse.Json busy =
          ApiResponse.Json.of(unknown.busy("The tower is busy with other large responses", 1));
      send(exchange, busy);
      return busy.status();
    }
    try {
      send(exchange, response);
      return response.status();
    } finally {
      sending.release(held);
    }
  }

  private ApiResponse answer(HttpExchange exchange) throws IOException {
    InetAddress from = clients.of(exchange);
    try {
      slowDown(exchange, from);
      return bodies.read(exchange, unknown, json -> endpoint(exchange).answer(json, from));
    } catch (ApiException e) {
      log.atDebug()
          .addKeyValue("from", from.getHostAddress())
          .addKeyValue("path", exchange.path())
          .addKeyValue("status", e.status())
          .addKeyValue("error", e.body().path("error").asText())
          .log("refused");
      return ApiResponse.Json.of(e);
    } catch (StorageException e) {
      log.error("{} failed", exchange.path(), e);
      return ApiResponse.Json.of(
          refusal(exchange, "The tower cannot store anything now", STORAGE_RETRY_SECONDS));
    } catch (RuntimeException e) {
      // python-teos's plugin takes lightningd down with it at 500.
      log.error("{} failed", exchange.path(), e);
      return ApiResponse.Json.of(refusal(exchange, "The tower has failed", STORAGE_RETRY_SECONDS));
    }
  }

  /** Before anything is read: a request that waits takes no memory to speak of. */
  private void slowDown(HttpExchange exchange, InetAddress from) throws ApiException {
    try {
      throttle.request(from);
    } catch (RateLimitExceededException e) {
      throw refusal(exchange, String.valueOf(e.getMessage()), e.retryAfterSeconds());
    }
  }

  /** Of a request whose user is not known, for now. */
  private ApiException refusal(HttpExchange exchange, String why, long retryAfter) {
    return exchange.path().equals(ADD_APPOINTMENT)
        ? ApiDialect.retryLater(why, retryAfter)
        : unknown.busy(why, retryAfter);
  }

  private Endpoint endpoint(HttpExchange exchange) {
    Endpoint endpoint = endpoints.get(exchange.path());
    if (endpoint == null) {
      throw new IllegalArgumentException("no endpoint at " + exchange.path());
    }
    return endpoint;
  }

  private static void send(HttpExchange exchange, ApiResponse response) throws IOException {
    switch (response) {
      case ApiResponse.Json(int status, JsonNode body, long retryAfter) -> {
        if (retryAfter > 0) {
          exchange.header("Retry-After", Long.toString(retryAfter));
        }
        sendJson(exchange, status, body);
      }
      case ApiResponse.Streamed(ApiResponse.BodyWriter body, int heldBytes) -> {
        OutputStream out = exchange.stream(JSON);
        body.writeTo(out);
        out.close(); // only here: a body that fails half-way must not look complete
      }
    }
  }

  static void sendJson(HttpExchange exchange, int status, JsonNode body) throws IOException {
    exchange.send(status, JSON, body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
