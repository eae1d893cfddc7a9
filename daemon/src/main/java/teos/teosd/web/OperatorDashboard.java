package teos.teosd.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;
import teos.protocol.HostPort;
import teos.teosd.http.HttpExchange;
import teos.teosd.http.HttpServer;
import teos.teosd.net.ConnectionLimiter;
import teos.teosd.net.PublicAddress;

/**
 * HTTP server for the operator: the dashboard, which updates itself; {@code /metrics} for
 * Prometheus; {@code /health/live} and {@code /health/ready} for service managers. Everything is
 * read-only, and anyone who can reach the port can read it.
 */
public final class OperatorDashboard implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OperatorDashboard.class);
  private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(1);

  /** Bounds the memory that readers of the dashboard can take from the tower. */
  private static final int MAX_CONNECTIONS = 150;

  private static final Duration SAMPLE_INTERVAL = Duration.ofMinutes(1);

  /** Allows the page's own files only, so that text from untrusted peers cannot load anything. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final TowerState tower;
  private final Metrics metrics;
  private final TowerJson json;
  private final CountHistory history = new CountHistory();
  private final LiveEvents events;
  private @Nullable PeriodicTask sampler;
  private final HostAllowlist hosts;
  private final Map<String, HttpServer.ExchangeHandler> pages = new HashMap<>();
  private final HttpServer server;
  private final HttpServer.Port port;

  private OperatorDashboard(
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
    this.hosts = new HostAllowlist(names);
    addPages();
    this.server =
        new HttpServer("dashboard", this::respond, OperatorDashboard::error, SHUTDOWN_GRACE);
    this.port =
        server.listen(
            "dashboard",
            host,
            port,
            null,
            new ConnectionLimiter(MAX_CONNECTIONS, MAX_CONNECTIONS, address -> true));
  }

  /**
   * Starts the server.
   *
   * @param version of the program
   * @param port the port, or 0 for any free port
   * @param names host names that a browser may use, in addition to {@code localhost} and IP
   *     addresses
   * @throws IOException if the server cannot listen on the address
   */
  public static OperatorDashboard start(
      TowerState tower, Metrics metrics, String version, String host, int port, List<String> names)
      throws IOException {
    OperatorDashboard dashboard = new OperatorDashboard(tower, metrics, version, host, port, names);
    dashboard.server.start();
    dashboard.sampler =
        PeriodicTask.start(
            "count-history",
            Schedule.nowAndEvery(SAMPLE_INTERVAL),
            dashboard::sample,
            e -> log.warn("cannot count the appointments for the dashboard; retrying", e));
    log.atInfo()
        .addKeyValue("url", "http://" + new HostPort(host, dashboard.port()) + "/")
        .log("dashboard started");
    return dashboard;
  }

  private void sample() {
    history.add(
        new CountHistory.Point(Instant.now().getEpochSecond(), tower.inventory().appointments()));
  }

  /** Returns the port that the server listens on. */
  public int port() {
    return port.number();
  }

  private void addPages() {
    pages.put("/", exchange -> file(exchange, "index.html", "text/html"));
    pages.put("/page.css", exchange -> file(exchange, "page.css", "text/css"));
    pages.put("/page.js", exchange -> file(exchange, "page.js", "text/javascript"));
    pages.put("/qr.svg", this::qr);
    pages.put(
        "/api/tower",
        exchange -> send(exchange, 200, JSON, json.tower(metrics.users()).toString()));
    pages.put("/api/disputes", exchange -> send(exchange, 200, JSON, json.disputes().toString()));
    pages.put("/api/history", exchange -> send(exchange, 200, JSON, history.json().toString()));
    pages.put("/api/events", events::serve);
    pages.put("/metrics", exchange -> send(exchange, 200, TEXT, metrics.text()));
    pages.put("/health/live", exchange -> send(exchange, Health.live(tower)));
    pages.put("/health/ready", exchange -> send(exchange, Health.ready(tower)));
  }

  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";

  private void respond(HttpExchange exchange) throws IOException {
    Optional<String> authority = exchange.authority();
    if (authority.isPresent() && !hosts.allows(authority.get())) {
      send(
          exchange,
          421,
          PLAIN,
          "Host "
              + authority.get()
              + " is not allowed; use the IP address or add it to web_hosts\n");
      return;
    }
    exchange.header("X-Content-Type-Options", "nosniff");
    HttpServer.ExchangeHandler page = pages.get(exchange.path());
    if (page != null && exchange.method().equals("GET")) {
      page.handle(exchange);
    } else {
      send(exchange, 404, PLAIN, "unknown path\n");
    }
  }

  private static HttpServer.ErrorFormat.Body error(int status, String reason) {
    return new HttpServer.ErrorFormat.Body(PLAIN, reason + "\n");
  }

  private static void file(HttpExchange exchange, String name, String type) throws IOException {
    try (InputStream in = OperatorDashboard.class.getResourceAsStream(name)) {
      exchange.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
      exchange.header("Referrer-Policy", "no-referrer");
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      send(exchange, 200, type + "; charset=utf-8", new String(bytes, StandardCharsets.UTF_8));
    }
  }

  /** Sends the QR code of one of the tower's addresses; the query has its index. */
  private void qr(HttpExchange exchange) throws IOException {
    List<PublicAddress> addresses = tower.addresses();
    String parameter = exchange.query("address").orElse("0");
    int index = parameter.matches("\\d{1,3}") ? Integer.parseInt(parameter) : addresses.size();
    if (index < addresses.size()) {
      String uri = addresses.get(index).uri(tower.towerId());
      send(exchange, 200, "image/svg+xml", QrCode.svg(uri));
    } else {
      send(exchange, 404, PLAIN, "address=" + parameter + " is not the index of an address\n");
    }
  }

  private static void send(HttpExchange exchange, Health health) throws IOException {
    ObjectNode body =
        JsonNodeFactory.instance.objectNode().put("status", health.isHealthy() ? "ok" : "failing");
    JsonNode faults =
        health.faults().stream()
            .collect(
                JsonNodeFactory.instance::arrayNode,
                (array, fault) -> array.add(fault),
                (a, b) -> a.addAll(b));
    body.set("faults", faults);
    send(exchange, health.isHealthy() ? 200 : 503, JSON, body.toString());
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    exchange.header("Cache-Control", "no-store");
    exchange.send(status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    if (sampler != null) {
      sampler.stop(); // not interrupted: it may be reading the database
    }
    events.close();
    server.close();
  }
}
