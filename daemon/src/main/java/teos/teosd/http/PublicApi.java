package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.teosd.InternalApi;
import teos.teosd.http.Throttle.TooOftenException;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.store.StorageException;
import teos.tower.store.Tracker;
import teos.tower.store.UserRecord;
import teos.tower.watcher.AppointmentInfo;
import teos.tower.watcher.AppointmentRejectedException;
import teos.tower.watcher.Deletion;

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
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String STOPPING = "The tower is stopping";
  private static final int MANY = Integer.MAX_VALUE;
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

  private final InternalApi tower;
  private final Access access;
  private final Signers signers;
  private final ApiDialectV1 v1;
  private final ApiDialectV2 v2 = new ApiDialectV2();
  private final ApiDialect unknown;
  private final RequestBody bodies = new RequestBody();
  private final Throttle throttle;
  private final byte[] description = read("openapi.yaml");
  private final Connections connections;
  private final WebServer server;

  private volatile Observer observer = (path, status, nanos) -> {};

  /** A permit for each request under way; with all of them taken, there is none. */
  private final Semaphore underWay = new Semaphore(MANY);

  private volatile boolean stopping;

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
    this.tower = tower;
    this.throttle = throttle;
    this.access = access;
    this.signers = new Signers(tower);
    this.v1 = new ApiDialectV1(minToSelfDelay);
    this.unknown = of(defaultDialect);
    this.connections =
        new Connections(
            Http1Config.builder()
                .maxHeadersSize(MAX_HEAD)
                .receiveLog(false)
                .sendLog(false)
                .buildPrototype(),
            MAX_CONNECTIONS,
            MAX_CONNECTIONS_OF_ONE,
            access.clients()::isManys);
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
    if (!stopping) {
      return DirectHandler.defaultHandler().handle(request, type, status, headers, message);
    }
    ApiException away = unknown.unavailable(STOPPING);
    return TransportResponse.builder()
        .status(Status.create(away.status()))
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .keepAlive(false)
        .entity(away.body().toString())
        .build();
  }

  private void routes(HttpRouting.Builder routing) {
    routing
        .addFilter(connections::inUse)
        .post(
            "/register",
            (request, response) ->
                handle(
                    request,
                    response,
                    json -> register(json, access.clients().of(request))))
        .post(
            "/add_appointment",
            (request, response) -> handle(request, response, this::addAppointment))
        .post(
            "/get_appointment",
            (request, response) -> handle(request, response, this::getAppointment))
        .post(
            "/delete_appointment",
            (request, response) -> handle(request, response, this::deleteAppointment))
        .post(
            "/get_subscription_info",
            (request, response) -> handle(request, response, this::getSubscriptionInfo))
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
      send(response, 405, JSON.objectNode().put("error", path + " takes " + method));
    } else {
      send(response, 404, JSON.objectNode().put("error", "there is nothing at this path"));
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
    observer = each;
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
    stopping = true;
    try {
      if (!underWay.tryAcquire(MANY, SHUTDOWN_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("requests under way have not finished in time");
      } else {
        underWay.release(MANY); // who still comes is told that the tower stops
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop();
    connections.close();
  }

  private interface Endpoint {
    ObjectNode answer(JsonNode request) throws ApiException;
  }

  private void handle(ServerRequest request, ServerResponse response, Endpoint endpoint) {
    long start = System.nanoTime();
    underWay.acquireUninterruptibly();
    try {
      if (stopping) {
        throw unknown.unavailable(STOPPING);
      }
      count(request);
      JsonNode json =
          bodies.read(request.content().inputStream(), contentLength(request), unknown);
      send(response, 200, endpoint.answer(json));
    } catch (ApiException e) {
      if (e.status() == Status.REQUEST_ENTITY_TOO_LARGE_413.code()) {
        response.header(HeaderNames.CONNECTION, "close");
      }
      if (e.retryAfter() > 0) {
        response.header(HeaderNames.RETRY_AFTER, Long.toString(e.retryAfter()));
      }
      log.atDebug()
          .addKeyValue("from", access.clients().of(request).getHostAddress())
          .addKeyValue("path", request.path().path())
          .addKeyValue("status", e.status())
          .addKeyValue("error", e.body().path("error").asText())
          .log("refused");
      send(response, e.status(), e.body());
    } catch (StorageException e) {
      log.error("{} failed", request.path().path(), e);
      ApiException failure = unknown.unavailable("The tower cannot store anything now");
      send(response, failure.status(), failure.body());
    } finally {
      underWay.release();
      observer.answered(
          request.path().path(), response.status().code(), System.nanoTime() - start);
    }
  }

  /** Helidon has read the number, too; its way takes longer than all else that is done with headers. */
  private static OptionalLong contentLength(ServerRequest request) {
    return request.headers().first(HeaderNames.CONTENT_LENGTH).stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  /** Before anything is read: who comes too often is to cost nothing. */
  private void count(ServerRequest request) throws ApiException {
    try {
      throttle.request(access.clients().of(request));
    } catch (TooOftenException e) {
      throw unknown.tooOften(e);
    }
  }

  private void count(PublicKey user, ApiDialect dialect) throws ApiException {
    try {
      throttle.request(user);
    } catch (TooOftenException e) {
      throw dialect.tooOften(e);
    }
  }

  /** Last of all: who is refused for the tower's own reasons has lost nothing by trying. */
  private void countRegistration(PublicKey user, InetAddress from, ApiDialect dialect)
      throws ApiException {
    try {
      throttle.registration(from);
      throttle.registration(user);
    } catch (TooOftenException e) {
      throw dialect.tooOften(e);
    }
  }

  private static void send(ServerResponse response, int status, JsonNode body) {
    response
        .status(Status.create(status))
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  private ObjectNode register(JsonNode request, InetAddress from) throws ApiException {
    ApiDialect dialect =
        request.has("user_id") ? v2 : request.has("public_key") ? v1 : unknown;
    requireObject(request, dialect);
    PublicKey user = dialect.inspectRegister(request);
    requireNone(tower.whyNoRegistration(), dialect);
    switch (tower.admission().of(user)) {
      case Admission.Answer.Welcome welcome -> {
        // goes on
      }
      case Admission.Answer.Closed(String why) -> throw dialect.notAdmitted(why);
      case Admission.Answer.Full(String why) -> throw dialect.unavailable(why);
    }
    countRegistration(user, from, dialect);
    try {
      InternalApi.Registration registration = tower.register(user, dialect.dialect());
      RegistrationReceipt receipt = registration.receipt();
      return JSON.objectNode()
          .put("user_id", user.toHex())
          .put("public_key", user.toHex())
          .put("available_slots", receipt.availableSlots())
          .put("subscription_start", receipt.subscriptionStart())
          .put("subscription_expiry", receipt.subscriptionExpiry())
          .put("subscription_signature", registration.signature());
    } catch (Gatekeeper.MaxSlotsReachedException e) {
      throw dialect.maxSlots(String.valueOf(e.getMessage()));
    } catch (Gatekeeper.SessionKeyException e) {
      throw dialect.malformed(String.valueOf(e.getMessage()));
    }
  }

  private static void requireNone(Optional<String> obstacle, ApiDialect dialect)
      throws ApiException {
    if (obstacle.isPresent()) {
      throw dialect.unavailable(obstacle.get());
    }
  }

  private ObjectNode addAppointment(JsonNode request) throws ApiException {
    Signer user = signers.ofAddAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    SignedAppointment signed = dialect.inspectAddAppointment(request);
    if (user == null) {
      throw dialect.unknownSigner();
    }
    count(user.id(), dialect);
    requireNone(tower.whyNoAppointments(), dialect);
    try {
      InternalApi.SignedAcceptance taken =
          tower.addAppointment(
              signed.appointment(), signed.signature(), user.id(), dialect.dialect());
      return JSON.objectNode()
          .put(
              "locator",
              dialect.locatorAsAnswered(request, signed.appointment().locator()))
          .put("start_block", taken.accepted().receipt().startBlock())
          .put("signature", taken.signature())
          .put("available_slots", taken.accepted().availableSlots())
          .put("subscription_expiry", taken.accepted().subscriptionExpiry());
    } catch (AppointmentRejectedException e) {
      throw dialect.rejected(e);
    }
  }

  private ObjectNode getAppointment(JsonNode request) throws ApiException {
    UserRecord user = signers.ofGetAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    count(user.id(), dialect);
    requireSubscription(user, dialect);
    AppointmentInfo info =
        tower
            .appointment(locator, user)
            .orElseThrow(() -> dialect.appointmentNotFound(request));
    String shown = dialect.locatorAsAnswered(request, locator);
    ObjectNode answer = JSON.objectNode().put("locator", shown);
    return switch (info) {
      case AppointmentInfo.BeingWatched watched -> {
        answer.set("appointment", json(shown, watched.appointment()));
        yield answer.put("status", "being_watched");
      }
      case AppointmentInfo.DisputeResponded responded -> {
        answer.set("appointment", json(shown, responded.tracker()));
        yield answer.put("status", "dispute_responded");
      }
    };
  }

  private ObjectNode deleteAppointment(JsonNode request) throws ApiException {
    UserRecord user = signers.ofDeleteAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    count(user.id(), dialect);
    requireSubscription(user, dialect);
    String signature = request.path("signature").asText();
    return switch (tower.deleteAppointment(locator, user, signature)) {
      case Deletion.Deleted(long slots) ->
          JSON.objectNode()
              .put("locator", dialect.locatorAsAnswered(request, locator))
              .put("status", "deleted")
              .put("available_slots", slots)
              .put("subscription_expiry", user.subscriptionExpiry());
      case Deletion.NotFound none -> throw dialect.appointmentNotFound(request);
      case Deletion.AlreadyTriggered triggered ->
          throw dialect.alreadyTriggered("The dispute of this appointment has been seen, and is being answered");
    };
  }

  private ObjectNode getSubscriptionInfo(JsonNode request) throws ApiException {
    UserRecord user = signers.ofGetSubscriptionInfo(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    dialect.inspectGetSubscriptionInfo(request);
    if (user == null) {
      throw dialect.unknownSubscriber();
    }
    count(user.id(), dialect);
    requireSubscription(user, dialect);
    InternalApi.Subscription subscription = tower.subscription(user);
    ObjectNode answer =
        JSON.objectNode()
            .put("available_slots", user.availableSlots())
            .put("subscription_expiry", user.subscriptionExpiry());
    answer.set("appointments", json(subscription.locators()));
    answer.set("locators", json(subscription.locators()));
    return answer;
  }

  private void requireSubscription(UserRecord user, ApiDialect dialect) throws ApiException {
    if (tower.hasExpired(user)) {
      throw dialect.expired(user.subscriptionExpiry());
    }
  }

  /** v2 tells kinds of wrong bodies apart in its own inspection. */
  private static void requireObject(JsonNode request, ApiDialect dialect) throws ApiException {
    if (dialect instanceof ApiDialectV1 && !request.isObject()) {
      throw dialect.malformed("an object is expected");
    }
  }

  private ApiDialect of(Dialect dialect) {
    return switch (dialect) {
      case V1 -> v1;
      case V2 -> v2;
    };
  }

  private static ObjectNode json(String locator, Appointment appointment) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("encrypted_blob", HexFormat.of().formatHex(appointment.encryptedBlob()))
        .put("to_self_delay", appointment.toSelfDelay());
  }

  private static ObjectNode json(String locator, Tracker tracker) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("dispute_txid", tracker.disputeTxid().toString())
        .put("penalty_txid", tracker.penaltyTxid().toString())
        .put("penalty_rawtx", HexFormat.of().formatHex(tracker.penaltyTx()));
  }

  private static ArrayNode json(List<Locator> locators) {
    ArrayNode array = JSON.arrayNode();
    locators.forEach(locator -> array.add(locator.toHex()));
    return array;
  }
}
