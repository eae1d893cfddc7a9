package teos.teosd.http;

import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.DirectHandler.TransportRequest;
import io.helidon.http.DirectHandler.TransportResponse;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Dialect;
import teos.teosd.api.InternalApi;

/**
 * The API that users' clients talk to, in both dialects over the same paths: POST with JSON to
 * /register, /add_appointment, /get_appointment, /delete_appointment and /get_subscription_info, and
 * GET /ping and /openapi.yaml, which describes all of it.
 *
 * <p>Each request has a virtual thread. What is granted carries the fields of both dialects; what is
 * not is answered in the user's own, and where none is known in the default one.
 */
public final class PublicApi implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PublicApi.class);
  private static final Set<String> PATHS =
      Set.of(
          "/register",
          "/add_appointment",
          "/get_appointment",
          "/delete_appointment",
          "/get_subscription_info",
          "/ping",
          "/openapi.yaml");
  private static final int MAX_CONNECTIONS = 1_000;

  /** Those that are on their way out are connections still. */
  private static final int CLOSING = 100;

  private static final int MAX_CONNECTIONS_OF_ONE = 256;
  private static final int MAX_HEAD = 8 * 1024;
  private static final Set<String> READ = Set.of("/ping", "/openapi.yaml");
  private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(5);

  private final Access access;
  private final RequestHandler handler;
  private final byte[] description = read("openapi.yaml");
  private final Connections connections;
  private final WebServer server;

  /**
   * @param host the address to listen at
   * @param port the port, or 0 for any that is free
   * @param defaultDialect how those are answered of whom nothing is known
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   * @param throttle how often who may ask
   * @param access how users come to it
   */
  public PublicApi(
      InternalApi tower,
      String host,
      int port,
      Dialect defaultDialect,
      long minToSelfDelay,
      Throttle throttle,
      Access access) {
    this.access = access;
    this.handler =
        new RequestHandler(
            new UserEndpoints(tower, throttle, defaultDialect, minToSelfDelay), throttle);
    this.connections =
        new Connections(
            Http1Config.builder()
                .maxHeadersSize(MAX_HEAD)
                .receiveLog(false)
                .sendLog(false)
                .buildPrototype(),
            MAX_CONNECTIONS,
            MAX_CONNECTIONS_OF_ONE,
            access.clients()::isShared);
    WebServerConfig.Builder builder = WebServer.builder();
    builder.host(host).port(port).shutdownHook(false); // the daemon stops its parts itself, in order
    listener(builder);
    SSLContext tls = access.tls();
    if (tls != null) {
      builder.tls(
          Tls.builder()
              .sslContext(TimedTls.of(tls, Connections.NEXT))
              .enabledProtocols(List.of("TLSv1.3", "TLSv1.2"))
              .addApplicationProtocol("http/1.1")
              .build());
    }
    if (access.onion()) {
      builder.putSocket(
          Access.ONION,
          onion -> {
            onion.name(Access.ONION).host("127.0.0.1").port(0);
            listener(onion);
          });
    }
    this.server = builder.build();
  }

  /** What all listeners have in common. */
  private void listener(ListenerConfig.BuilderBase<?, ?> builder) {
    builder
        .shutdownGracePeriod(SHUTDOWN_GRACE)
        .protocolsDiscoverServices(false)
        .addConnectionSelector(connections)
        .maxTcpConnections(MAX_CONNECTIONS + CLOSING)
        .directHandlers(
            DirectHandlers.builder()
                .addHandler(EventType.INTERNAL_ERROR, this::notRouted)
                .build())
        .routing(this::routes);
  }

  /** A server that stops interrupts what it has only begun to read: no fault, the tower is away. */
  private TransportResponse notRouted(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    if (!handler.isStopping()) {
      return DirectHandler.defaultHandler().handle(request, type, status, headers, message);
    }
    ApiResponse.Json away = handler.stopped();
    return TransportResponse.builder()
        .status(Status.create(away.status()))
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .keepAlive(false)
        .entity(away.body().toString())
        .build();
  }

  private void routes(HttpRouting.Builder routing) {
    handler
        .paths()
        .forEach(
            path ->
                routing.post(
                    path,
                    (request, response) ->
                        handler.handle(
                            new HelidonExchange(request, response, access.clients()))));
    routing
        .addFilter(connections::inUse)
        .get("/ping", (request, response) -> response.status(Status.NO_CONTENT_204).send())
        .get(
            "/openapi.yaml",
            (request, response) ->
                response.header(HeaderNames.CONTENT_TYPE, "application/yaml").send(description))
        .any(PublicApi::nothingHere);
  }

  private static byte[] read(String resource) {
    try (InputStream in = PublicApi.class.getResourceAsStream(resource)) {
      return Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void nothingHere(ServerRequest request, ServerResponse response) {
    String path = request.path().path();
    if (PATHS.contains(path)) {
      String method = READ.contains(path) ? "GET" : "POST";
      response.header(HeaderNames.ALLOW, method);
      HelidonExchange.send(response, 405, ApiJson.error(path + " takes " + method));
    } else {
      HelidonExchange.send(response, 404, ApiJson.error("there is nothing at this path"));
    }
  }

  /** Is told of each request. */
  public interface Observer {
    /**
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
   * @throws IllegalStateException if the address cannot be listened at
   */
  public void start() {
    server.start();
    if (!server.isRunning()) { // Helidon logs why, and does not throw
      throw new IllegalStateException("the address is taken, or is none of this machine's");
    }
    log.info(
        "public API at {}://{}:{}",
        access.tls() == null ? "http" : "https", server.prototype().host(), port());
  }

  /** The port that is listened at. */
  public int port() {
    return server.port();
  }

  /** The loopback port for Tor; only if {@link Access} has asked for it. */
  public int onionPort() {
    return server.port(Access.ONION);
  }

  /** Stops taking requests, and lets those under way finish, for so long as they may take. */
  @Override
  public void close() {
    handler.drain(SHUTDOWN_GRACE);
    server.stop();
    connections.close();
  }
}
