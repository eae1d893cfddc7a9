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
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's side over HTTP: the page, which shows what goes on as it goes on; {@code /metrics} for
 * Prometheus; {@code /health/live} and {@code /health/ready} for whoever keeps the tower running. All of
 * it reads only; who may reach the port may read it.
 */
public final class OperatorsSite implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OperatorsSite.class);
  private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(1);
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration BETWEEN_LOOKS_FOR_IDLE = Duration.ofSeconds(10);

  /** Their memory is the tower's: who may look at it must not take what it works with. */
  private static final int MAX_CONNECTIONS = 150;

  private static final Duration BETWEEN_SAMPLES = Duration.ofMinutes(1);

  /** The page's own files and nothing else: what strangers have said can load nothing. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final TowerState tower;
  private final Metrics metrics;
  private final TowerJson json;
  private final CountHistory history = new CountHistory();
  private final LiveEvents events;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final HostNames names;
  private final WebServer server;

  private OperatorsSite(
      TowerState tower,
      Metrics metrics,
      String version,
      String host,
      int port,
      List<String> names) {
    this.tower = tower;
    this.metrics = metrics;
    this.json = new TowerJson(tower, version);
    Map<String, Supplier<String>> sources = new LinkedHashMap<>();
    sources.put("tower", () -> json.tower(metrics.users()).toString());
    sources.put("disputes", () -> json.disputes().toString());
    sources.put("history", () -> history.json().toString());
    this.events = new LiveEvents(sources);
    this.names = new HostNames(names);
    this.server =
        WebServer.builder()
            .host(host)
            .port(port)
            .shutdownHook(false) // the daemon stops its parts itself, in order
            .shutdownGracePeriod(SHUTDOWN_GRACE)
            .idleConnectionTimeout(IDLE_TIMEOUT)
            .idleConnectionPeriod(BETWEEN_LOOKS_FOR_IDLE)
            .maxTcpConnections(MAX_CONNECTIONS)
            .routing(this::routes)
            .build();
  }

  /**
   * Starts listening.
   *
   * @param version of the program
   * @param port the port, or 0 for any that is free
   * @param names by which a browser may ask for it, beside {@code localhost} and addresses
   * @throws IllegalStateException if the address cannot be listened at
   */
  public static OperatorsSite start(
      TowerState tower,
      Metrics metrics,
      String version,
      String host,
      int port,
      List<String> names) {
    OperatorsSite site = new OperatorsSite(tower, metrics, version, host, port, names);
    site.server.start();
    if (!site.server.isRunning()) { // Helidon logs why, and does not throw
      throw new IllegalStateException("the address is taken, or is none of this machine's");
    }
    Thread.ofVirtual().name("count-history").start(site::sample);
    log.info("operator's site at http://{}:{}/", host, site.port());
    return site;
  }

  private void sample() {
    try {
      do {
        history.add(
            new CountHistory.Point(
                Instant.now().getEpochSecond(), tower.inventory().appointments()));
      } while (!closed.await(BETWEEN_SAMPLES.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      log.debug("nobody counts appointments over time any more");
    }
  }

  /** The port that is listened at. */
  public int port() {
    return server.port();
  }

  private void routes(HttpRouting.Builder routing) {
    routing
        .any(this::checkName)
        .get("/", (request, response) -> file(response, "index.html", "text/html"))
        .get("/page.css", (request, response) -> file(response, "page.css", "text/css"))
        .get("/page.js", (request, response) -> file(response, "page.js", "text/javascript"))
        .get("/qr.svg", this::qr)
        .get(
            "/api/tower",
            (request, response) ->
                send(response, 200, JSON, json.tower(metrics.users()).toString()))
        .get(
            "/api/disputes",
            (request, response) -> send(response, 200, JSON, json.disputes().toString()))
        .get(
            "/api/history",
            (request, response) -> send(response, 200, JSON, history.json().toString()))
        .get("/api/events", (request, response) -> events.serve(response))
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

  private static void file(ServerResponse response, String name, String type) {
    try (InputStream in = OperatorsSite.class.getResourceAsStream(name)) {
      response.header(HeaderNames.create("Content-Security-Policy"), POLICY);
      response.header(HeaderNames.create("Referrer-Policy"), "no-referrer");
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      send(response, 200, type + "; charset=utf-8", new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of one of the tower's addresses, by its place among them. */
  private void qr(ServerRequest request, ServerResponse response) {
    List<String> addresses = tower.addresses();
    String place = request.query().first("address").orElse("0");
    int index = place.matches("\\d{1,3}") ? Integer.parseInt(place) : addresses.size();
    if (index < addresses.size()) {
      String text = tower.towerId() + "@" + addresses.get(index);
      send(response, 200, "image/svg+xml", QrCode.svg(text));
    } else {
      send(response, 404, PLAIN, "address=" + place + ": there is no such address\n");
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
    closed.countDown();
    events.close();
    server.stop();
  }
}
