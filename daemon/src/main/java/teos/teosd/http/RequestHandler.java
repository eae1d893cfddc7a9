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
import teos.teosd.api.RateLimitResult;
import teos.tower.database.StorageException;

/** Runs each request of the public API through the limits, its endpoint and the observer. */
final class RequestHandler {

  private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);
  private static final String ADD_APPOINTMENT = "/add_appointment";
  private static final String JSON = "application/json";
  private static final int MAX_SENDING_BYTES = 16 << 20;
  private static final long STORAGE_RETRY_SECONDS = 30;

  private final Throttle throttle;
  private final ApiDialect defaultDialect;
  private final ClientAddress clients;
  private final RequestBodyReader bodies = new RequestBodyReader(System::nanoTime);
  private final Map<String, Endpoint> endpoints;

  /** One permit for each byte that large responses hold while they are sent. */
  private final Semaphore sendingBytes = new Semaphore(MAX_SENDING_BYTES);

  private volatile PublicApi.Observer observer = (path, status, nanos) -> {};

  /** Call that a user can make. */
  private interface Endpoint {
    ApiResponse handle(JsonNode request, InetAddress from) throws ApiException;
  }

  RequestHandler(UserEndpoints users, Throttle throttle, ClientAddress clients) {
    this.throttle = throttle;
    this.defaultDialect = users.defaultDialect();
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

  /** Returns the paths of the endpoints, which all take POST. */
  Set<String> paths() {
    return endpoints.keySet();
  }

  void onResponse(PublicApi.Observer listener) {
    observer = listener;
  }

  /**
   * Handles the request of {@code exchange}, whose path must be one of {@link #paths}.
   *
   * @throws IOException if the client disconnects before it has the whole response
   */
  void handle(HttpExchange exchange) throws IOException {
    long start = System.nanoTime();
    int status = 408; // if the request does not arrive completely
    try {
      status = sendWithinLimit(exchange, respond(exchange));
    } finally {
      observer.answered(exchange.path(), status, System.nanoTime() - start);
    }
  }

  private int sendWithinLimit(HttpExchange exchange, ApiResponse response) throws IOException {
    int held = response instanceof ApiResponse.Streamed streamed ? streamed.heldBytes() : 0;
    if (!sendingBytes.tryAcquire(held)) {
      ApiResponse.Json busy =
          ApiResponse.Json.of(
              defaultDialect.busy("The tower is busy sending other large responses", 1));
      send(exchange, busy);
      return busy.status();
    }
    try {
      send(exchange, response);
      return response.status();
    } finally {
      sendingBytes.release(held);
    }
  }

  private ApiResponse respond(HttpExchange exchange) throws IOException {
    InetAddress from = clients.of(exchange);
    try {
      awaitTurn(exchange, from);
      return bodies.read(exchange, defaultDialect, json -> endpoint(exchange).handle(json, from));
    } catch (ApiException e) {
      log.atDebug()
          .addKeyValue("from", from.getHostAddress())
          .addKeyValue("path", exchange.path())
          .addKeyValue("status", e.status())
          .addKeyValue("error", e.body().path("error").asText())
          .log("request refused");
      return ApiResponse.Json.of(e);
    } catch (StorageException e) {
      log.atError().addKeyValue("path", exchange.path()).setCause(e).log("request failed");
      return ApiResponse.Json.of(
          busy(exchange, "The tower's database is unavailable", STORAGE_RETRY_SECONDS));
    } catch (RuntimeException e) {
      // Not 500: python-teos's plugin would stop lightningd.
      log.atError().addKeyValue("path", exchange.path()).setCause(e).log("request failed");
      return ApiResponse.Json.of(busy(exchange, "Internal error", STORAGE_RETRY_SECONDS));
    }
  }

  /** Blocks before the body is read, so that a waiting request occupies almost no memory. */
  private void awaitTurn(HttpExchange exchange, InetAddress from) throws ApiException {
    if (throttle.awaitRequest(from)
        instanceof RateLimitResult.Exceeded(String error, long retryAfter)) {
      throw busy(exchange, error, retryAfter);
    }
  }

  /** Returns the temporary error for a request whose user is not known. */
  private ApiException busy(HttpExchange exchange, String why, long retryAfter) {
    return exchange.path().equals(ADD_APPOINTMENT)
        ? ApiDialect.retryLater(why, retryAfter)
        : defaultDialect.busy(why, retryAfter);
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
        out.close(); // not in a finally block: a truncated body must not look complete
      }
    }
  }

  static void sendJson(HttpExchange exchange, int status, JsonNode body) throws IOException {
    exchange.send(status, JSON, body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
