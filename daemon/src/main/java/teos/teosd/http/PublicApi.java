package teos.teosd.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Dialect;
import teos.protocol.HostPort;
import teos.teosd.api.InternalApi;

/**
 * The HTTP API for users' clients, in both dialects over the same paths: POST with JSON to
 * /register, /add_appointment, /get_appointment, /delete_appointment and /get_subscription_info,
 * and GET /ping and /openapi.yaml, the description of the API.
 *
 * <p>A successful response has the fields of both dialects. An error is in the user's dialect, or
 * in the default dialect if the user is unknown.
 */
public final class PublicApi implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PublicApi.class);
  private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(5);
  private static final String PUBLIC = "public";

  private final String host;
  private final boolean overTls;
  private final Throttle throttle;
  private final RequestHandler handler;
  private final byte[] description = read("openapi.yaml");
  private final Map<String, Route> routes = new HashMap<>();
  private final HttpServer server;
  private final HttpServer.Port port;
  private final HttpServer.@Nullable Port onionPort;

  /**
   * Handler of one path.
   *
   * @param method the only allowed method
   */
  private record Route(String method, HttpServer.ExchangeHandler handler) {}

  /**
   * @param host address to listen at
   * @param port to listen at, or 0 for any free port
   * @param defaultDialect of errors for unknown users
   * @param minToSelfDelay the smallest to_self_delay that v1 users may send, in blocks
   * @param throttle limits the rates of addresses and users
   * @param options of the ports
   */
  public PublicApi(
      InternalApi tower,
      String host,
      int port,
      Dialect defaultDialect,
      long minToSelfDelay,
      Throttle throttle,
      ListenerOptions options) {
    this.host = host;
    this.overTls = options.tls() != null;
    this.throttle = throttle;
    this.handler =
        new RequestHandler(
            new UserEndpoints(tower, throttle, defaultDialect, minToSelfDelay),
            throttle,
            options.clients());
    handler.paths().forEach(path -> routes.put(path, new Route("POST", handler::handle)));
    routes.put("/ping", new Route("GET", exchange -> exchange.send(204)));
    routes.put(
        "/openapi.yaml",
        new Route("GET", exchange -> exchange.send(200, "application/yaml", description)));
    this.server = new HttpServer("api", this::handle, PublicApi::error, SHUTDOWN_GRACE);
    this.port = server.listen(PUBLIC, host, port, options.tls(), options.connections());
    this.onionPort =
        options.onion()
            ? server.listen(ListenerOptions.ONION, "127.0.0.1", 0, null, options.connections())
            : null;
  }

  private static byte[] read(String resource) {
    try (InputStream in = PublicApi.class.getResourceAsStream(resource)) {
      return Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    Route route = routes.get(exchange.path());
    if (route == null) {
      RequestHandler.sendJson(exchange, 404, ApiJson.error("no such path"));
    } else if (route.method().equals(exchange.method())) {
      route.handler().handle(exchange);
    } else {
      exchange.header("Allow", route.method());
      RequestHandler.sendJson(
          exchange, 405, ApiJson.error(exchange.path() + " expects " + route.method()));
    }
  }

  /** Returns an error for a request that is not HTTP and therefore has no dialect. */
  private static HttpServer.ErrorFormat.Body error(int status, String reason) {
    return new HttpServer.ErrorFormat.Body("application/json", ApiJson.error(reason).toString());
  }

  /** Listener for requests. */
  public interface Observer {
    /**
     * Called after the response to a request. Must not block.
     *
     * @param path of the endpoint
     * @param status of the response
     * @param nanos from the request's headers to the response
     */
    void answered(String path, int status, long nanos);
  }

  /** Registers the listener for requests (used for metrics). */
  public void onResponse(Observer listener) {
    handler.onResponse(listener);
  }

  /**
   * Starts listening.
   *
   * @throws IOException if the address cannot be bound
   */
  public void start() throws IOException {
    server.start();
    log.atInfo()
        .addKeyValue("scheme", overTls ? "https" : "http")
        .addKeyValue("address", new HostPort(host, port()))
        .log("listening for users");
  }

  /** Returns the port that the API listens at. */
  public int port() {
    return port.number();
  }

  /** Returns the loopback port for Tor, which exists only with {@link ListenerOptions#onion}. */
  public int onionPort() {
    return Objects.requireNonNull(onionPort, "no port for Tor").number();
  }

  /** Stops listening, and serves requests in progress and on open connections. */
  @Override
  public void close() {
    throttle.release();
    server.close();
  }
}
