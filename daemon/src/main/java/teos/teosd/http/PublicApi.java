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
 * The API that users' clients talk to, in both dialects over the same paths: POST with JSON to
 * /register, /add_appointment, /get_appointment, /delete_appointment and /get_subscription_info,
 * and GET /ping and /openapi.yaml, which describes all of it.
 *
 * <p>What is granted carries the fields of both dialects; what is not is answered in the user's
 * own, or in the default dialect if the user is unknown.
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
  private final Map<String, Route> pages = new HashMap<>();
  private final HttpServer server;
  private final HttpServer.Port port;
  private final HttpServer.@Nullable Port onionPort;

  /**
   * What answers at one path.
   *
   * @param method the only one that it takes
   */
  private record Route(String method, HttpServer.ExchangeHandler site) {}

  /**
   * @param host the address to listen at
   * @param port the port, or 0 for any that is free
   * @param defaultDialect how those are answered of whom nothing is known
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   * @param throttle how often who may ask
   * @param options how users come to it
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
    handler.paths().forEach(path -> pages.put(path, new Route("POST", handler::handle)));
    pages.put("/ping", new Route("GET", exchange -> exchange.send(204)));
    pages.put(
        "/openapi.yaml",
        new Route("GET", exchange -> exchange.send(200, "application/yaml", description)));
    this.server = new HttpServer("api", this::answer, PublicApi::error, SHUTDOWN_GRACE);
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

  private void answer(HttpExchange exchange) throws IOException {
    Route page = pages.get(exchange.path());
    if (page == null) {
      RequestHandler.sendJson(exchange, 404, ApiJson.error("there is nothing at this path"));
    } else if (page.method().equals(exchange.method())) {
      page.site().handle(exchange);
    } else {
      exchange.header("Allow", page.method());
      RequestHandler.sendJson(
          exchange, 405, ApiJson.error(exchange.path() + " takes " + page.method()));
    }
  }

  /** Of what is no HTTP, nobody knows a dialect. */
  private static HttpServer.ErrorFormat.Body error(int status, String reason) {
    return new HttpServer.ErrorFormat.Body("application/json", ApiJson.error(reason).toString());
  }

  /** Is told of each request. */
  public interface Observer {
    /**
     * Called once a request has been answered.
     *
     * @param path one of the API's own
     * @param status of the answer
     * @param nanos from the request's headers to the answer
     */
    void answered(String path, int status, long nanos);
  }

  /** Has {@code each} told of each request that has been answered. It must not block. */
  public void onAnswer(Observer each) {
    handler.onAnswer(each);
  }

  /**
   * Starts listening.
   *
   * @throws IOException if the address cannot be listened at
   */
  public void start() throws IOException {
    server.start();
    log.info("public API at {}://{}", overTls ? "https" : "http", new HostPort(host, port()));
  }

  /** The port that is listened at. */
  public int port() {
    return port.number();
  }

  /** The loopback port for Tor; only if {@link ListenerOptions} has asked for it. */
  public int onionPort() {
    return Objects.requireNonNull(onionPort, "no port for Tor").number();
  }

  /** Stops listening, and answers what is under way and what still comes over open connections. */
  @Override
  public void close() {
    throttle.release();
    server.close();
  }
}
