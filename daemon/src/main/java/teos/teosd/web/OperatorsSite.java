package teos.teosd.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's side over HTTP: {@code /metrics} for Prometheus, {@code /health/live} and {@code
 * /health/ready} for whoever keeps the tower running. All of it reads only; who may reach the port may
 * read it.
 */
public final class OperatorsSite implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OperatorsSite.class);
  private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(1);
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);

  private final TowerState tower;
  private final Metrics metrics;
  private final HostNames names;
  private final WebServer server;

  private OperatorsSite(
      TowerState tower, Metrics metrics, String host, int port, List<String> names) {
    this.tower = tower;
    this.metrics = metrics;
    this.names = new HostNames(names);
    this.server =
        WebServer.builder()
            .host(host)
            .port(port)
            .shutdownHook(false) // the daemon stops its parts itself, in order
            .shutdownGracePeriod(SHUTDOWN_GRACE)
            .idleConnectionTimeout(IDLE_TIMEOUT)
            .routing(this::routes)
            .build();
  }

  /**
   * Starts listening.
   *
   * @param port the port, or 0 for any that is free
   * @param names by which a browser may ask for it, beside {@code localhost} and addresses
   * @throws IllegalStateException if the address cannot be listened at
   */
  public static OperatorsSite start(
      TowerState tower, Metrics metrics, String host, int port, List<String> names) {
    OperatorsSite site = new OperatorsSite(tower, metrics, host, port, names);
    site.server.start();
    if (!site.server.isRunning()) { // Helidon logs why, and does not throw
      throw new IllegalStateException("the address is taken, or is none of this machine's");
    }
    log.info("operator's site at http://{}:{}/", host, site.port());
    return site;
  }

  /** The port that is listened at. */
  public int port() {
    return server.port();
  }

  private void routes(HttpRouting.Builder routing) {
    routing
        .any(this::checkName)
        .get("/metrics", (request, response) -> send(response, 200, TEXT, metrics.text()))
        .get("/health/live", (request, response) -> send(response, Health.live(tower)))
        .get("/health/ready", (request, response) -> send(response, Health.ready(tower)))
        .any((request, response) -> send(response, 404, PLAIN, "there is nothing at this path\n"));
  }

  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";

  private void checkName(ServerRequest request, ServerResponse response) {
    if (names.allow(request.authority())) {
      response.header(HeaderNames.create("X-Content-Type-Options"), "nosniff");
      response.next();
    } else {
      send(
          response,
          421,
          PLAIN,
          "this site is not to be asked for by the name " + request.authority()
              + ": use its address, or put the name into web_hosts\n");
    }
  }

  private static void send(ServerResponse response, Health health) {
    ObjectNode body =
        JsonNodeFactory.instance.objectNode().put("status", health.isWell() ? "ok" : "failing");
    JsonNode faults = health.faults().stream().collect(
        JsonNodeFactory.instance::arrayNode, (array, fault) -> array.add(fault), (a, b) -> a.addAll(b));
    body.set("faults", faults);
    send(response, health.isWell() ? 200 : 503, JSON, body.toString());
  }

  private static void send(ServerResponse response, int status, String type, String body) {
    response
        .status(Status.create(status))
        .header(HeaderNames.CONTENT_TYPE, type)
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop();
  }
}
