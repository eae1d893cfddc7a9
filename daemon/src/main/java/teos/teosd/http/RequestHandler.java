package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.teosd.http.Throttle.TooOftenException;
import teos.tower.store.StorageException;

/**
 * Takes each request of the public API through the limits, its endpoint and the observer, whichever
 * server it came by, and knows when none is under way any more.
 */
final class RequestHandler {

  private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);
  private static final int ALL_PERMITS = Integer.MAX_VALUE;
  private static final int MAX_SENDING = 16 * 1024 * 1024;
  private static final String STOPPING = "The tower is stopping";

  private final Throttle throttle;
  private final ApiDialect unknown;
  private final RequestBody bodies = new RequestBody();
  private final Map<String, Endpoint> endpoints;

  private volatile PublicApi.Observer observer = (path, status, nanos) -> {};

  /** One permit is held by each request under way. */
  private final Semaphore underWay = new Semaphore(ALL_PERMITS);

  /** One permit is held for each byte that waits to be sent in large responses. */
  private final Semaphore sending = new Semaphore(MAX_SENDING);

  private volatile boolean stopping;

  /** A call of users. */
  private interface Endpoint {
    ApiResponse answer(JsonNode request, Exchange exchange) throws ApiException;
  }

  RequestHandler(UserEndpoints users, Throttle throttle) {
    this.throttle = throttle;
    this.unknown = users.unknown();
    this.endpoints =
        Map.of(
            "/register", (json, exchange) -> users.register(json, exchange.client()),
            "/add_appointment", (json, exchange) -> users.addAppointment(json),
            "/get_appointment", (json, exchange) -> users.getAppointment(json),
            "/delete_appointment", (json, exchange) -> users.deleteAppointment(json),
            "/get_subscription_info", (json, exchange) -> users.getSubscriptionInfo(json));
  }

  /** The paths that are answered here, all by POST. */
  Set<String> paths() {
    return endpoints.keySet();
  }

  void onAnswer(PublicApi.Observer each) {
    observer = each;
  }

  /** Whether {@link #drain} has been called. */
  boolean isStopping() {
    return stopping;
  }

  /** The response to a request that comes while the tower stops. */
  ApiResponse.Json stopped() {
    return ApiResponse.Json.of(unknown.unavailable(STOPPING));
  }

  /**
   * Answers the request of {@code exchange}, whose path is one of {@link #paths}.
   *
   * @throws IOException if the client is gone before it has the whole response
   */
  void handle(Exchange exchange) throws IOException {
    long start = System.nanoTime();
    underWay.acquireUninterruptibly();
    int status = 0;
    try {
      status = send(exchange, answer(exchange));
    } finally {
      underWay.release();
      observer.answered(exchange.path(), status, System.nanoTime() - start);
    }
  }

  private int send(Exchange exchange, ApiResponse response) throws IOException {
    int held = response instanceof ApiResponse.Streamed streamed ? streamed.heldBytes() : 0;
    if (!sending.tryAcquire(held)) {
      exchange.send(busy());
      return busy().status();
    }
    try {
      exchange.send(response);
      return response.status();
    } finally {
      sending.release(held);
    }
  }

  private ApiResponse busy() {
    ApiException busy = unknown.unavailable("The tower is busy with other large responses");
    return new ApiResponse.Json(busy.status(), busy.body(), 1);
  }

  private ApiResponse answer(Exchange exchange) throws IOException {
    try {
      if (stopping) {
        return stopped();
      }
      count(exchange);
      JsonNode json = bodies.read(exchange.body(), exchange.contentLength(), unknown);
      return endpoint(exchange).answer(json, exchange);
    } catch (ApiException e) {
      log.atDebug()
          .addKeyValue("from", exchange.client().getHostAddress())
          .addKeyValue("path", exchange.path())
          .addKeyValue("status", e.status())
          .addKeyValue("error", e.body().path("error").asText())
          .log("refused");
      return ApiResponse.Json.of(e);
    } catch (StorageException e) {
      log.error("{} failed", exchange.path(), e);
      return ApiResponse.Json.of(unknown.unavailable("The tower cannot store anything now"));
    }
  }

  private Endpoint endpoint(Exchange exchange) {
    Endpoint endpoint = endpoints.get(exchange.path());
    if (endpoint == null) {
      throw new IllegalArgumentException("no endpoint at " + exchange.path());
    }
    return endpoint;
  }

  /** Before anything is read: a client over its limit must cost nothing. */
  private void count(Exchange exchange) throws ApiException {
    try {
      throttle.request(exchange.client());
    } catch (TooOftenException e) {
      throw unknown.tooOften(e);
    }
  }

  /**
   * Refuses all further requests, and waits until those under way have finished.
   *
   * @param grace the longest wait
   */
  void drain(Duration grace) {
    stopping = true;
    try {
      if (!underWay.tryAcquire(ALL_PERMITS, grace.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("requests under way have not finished in time");
      } else {
        underWay.release(ALL_PERMITS); // later requests are told that the tower stops
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
