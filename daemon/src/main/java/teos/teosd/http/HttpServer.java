package teos.teosd.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.teosd.net.ConnectionLimiter;

/**
 * HTTP/1.1 and HTTP/1.0 server on Jetty, with limits against hostile clients. A request has a
 * virtual thread; idle connections have none. Framing follows RFC 9112 strictly: an ambiguous
 * request is refused instead of guessed at.
 */
public final class HttpServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

  /** Longest time without progress by the client in the middle of a request or a response. */
  static final Duration STALL_TIMEOUT = Duration.ofSeconds(10);

  /**
   * Longest time without a request. Idle connections are evicted earlier when room is needed; this
   * only removes those whose client disappeared silently.
   */
  static final Duration IDLE_TIMEOUT = Duration.ofHours(1);

  /** During shutdown, longest wait for another request on a connection that has had a response. */
  private static final Duration LAST_REQUEST_TIMEOUT = Duration.ofMillis(200);

  private static final int MAX_PLATFORM_THREADS = 16;
  private static final int ACCEPT_QUEUE = 1_024;
  private static final int MAX_HEAD_BYTES = 8 * 1024;
  private static final int BUFFER_BYTES = 8 * 1024;
  private static final int BUFFER_STEP_BYTES = 1_024;
  private static final int MAX_POOLED_BUFFER_BYTES = 64 * 1024;
  private static final int MAX_POOLED_BUFFERS = 128;
  private static final long MAX_POOL_BYTES = 2 << 20;

  private final Server server;
  private final List<LimitedConnector> connectors = new ArrayList<>();
  private final Duration grace;

  /** Handler of requests. */
  public interface ExchangeHandler {
    /**
     * Handles the request of {@code exchange}; returns when the whole response has been written.
     *
     * @throws IOException if the client has disconnected
     */
    void handle(HttpExchange exchange) throws IOException;
  }

  /**
   * Format of errors for requests that are not HTTP, or that the {@link ExchangeHandler} failed.
   */
  public interface ErrorFormat {
    /**
     * Returns the body of an error response.
     *
     * @param reason phrase of the status, such as "Bad Request"
     */
    Body body(int status, String reason);

    /** Body of an error response. */
    record Body(String contentType, String text) {}
  }

  /** Port that the server listens at. */
  public interface Port {
    /** Returns the number of the port, once the server has started. */
    int number();
  }

  /**
   * @param name of the server's threads
   * @param grace longest time that {@link #close} gives to requests in progress
   */
  public HttpServer(String name, ExchangeHandler handler, ErrorFormat errorFormat, Duration grace) {
    this.grace = grace;
    QueuedThreadPool threads = new QueuedThreadPool(MAX_PLATFORM_THREADS, 1);
    threads.setName(name);
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 0).factory()));
    this.server =
        new Server(
            threads,
            new ScheduledExecutorScheduler(name + "-timeouts", true, 1),
            new ArrayByteBufferPool(
                0,
                BUFFER_STEP_BYTES,
                MAX_POOLED_BUFFER_BYTES,
                MAX_POOLED_BUFFERS,
                MAX_POOL_BYTES,
                MAX_POOL_BYTES));
    server.setHandler(new Dispatcher(handler));
    server.setErrorHandler(new ErrorResponses(errorFormat));
  }

  /**
   * Adds a port, before {@link #start}.
   *
   * @param name of the port, for {@link HttpExchange#port}
   * @param port its number, or 0 for any free port
   * @param tls context for TLS 1.2 and 1.3; null for plain HTTP
   */
  public Port listen(
      String name, String host, int port, @Nullable SSLContext tls, ConnectionLimiter limiter) {
    HttpConnectionFactory http = new HttpConnectionFactory(configuration());
    LimitedConnector connector =
        new LimitedConnector(
            server,
            limiter,
            tls == null
                ? new ConnectionFactory[] {http}
                : new ConnectionFactory[] {overTls(tls, http), http});
    connector.setName(name);
    connector.setHost(host);
    connector.setPort(port);
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
    connector.setShutdownIdleTimeout(grace.toMillis());
    server.addConnector(connector);
    connectors.add(connector);
    return connector::getLocalPort;
  }

  private static HttpConfiguration configuration() {
    HttpConfiguration http = new HttpConfiguration();
    http.setHttpCompliance(HttpCompliance.RFC9110);
    http.setUriCompliance(
        UriCompliance.DEFAULT.with(
            "slashes", UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT)); // HttpExchange.path
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(MAX_HEAD_BYTES);
    http.setInputBufferSize(BUFFER_BYTES);
    // -Xmx limits the heap; direct memory would come on top of it.
    http.setUseInputDirectByteBuffers(false);
    http.setUseOutputDirectByteBuffers(false);
    return http;
  }

  private static SslConnectionFactory overTls(SSLContext context, HttpConnectionFactory http) {
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setSslContext(context);
    tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    tls.setSniRequired(false);
    SslConnectionFactory factory = new SslConnectionFactory(tls, http.getProtocol());
    factory.setEnsureSecureRequestCustomizer(false); // it refuses names that are in no certificate
    factory.setDirectBuffersForDecryption(false);
    factory.setDirectBuffersForEncryption(false);
    return factory;
  }

  /**
   * Starts listening.
   *
   * @throws IOException if an address cannot be bound
   */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException e) {
      stop();
      throw e;
    } catch (Exception e) { // Jetty declares nothing narrower
      stop();
      throw new IOException(e);
    }
  }

  /**
   * Stops listening, serves requests in progress and those that still arrive on open connections,
   * and closes the connections.
   */
  @Override
  public void close() {
    CompletableFuture<?>[] closed =
        connectors.stream().map(ServerConnector::shutdown).toArray(CompletableFuture<?>[]::new);
    connectors.forEach(connector -> connector.expectLastRequests(LAST_REQUEST_TIMEOUT));
    try {
      CompletableFuture.allOf(closed).get(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.info("closing connections that clients still hold open");
    } catch (ExecutionException e) {
      log.warn("connections were not closed cleanly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stop();
  }

  private void stop() {
    try {
      server.stop();
    } catch (Exception e) { // Jetty declares nothing narrower
      log.warn("HTTP server did not stop cleanly", e);
    }
  }

  private static final class Dispatcher extends Handler.Abstract {
    private final ExchangeHandler handler;

    Dispatcher(ExchangeHandler handler) {
      this.handler = handler;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      LimitedConnector.CountedConnection connection = LimitedConnector.of(request);
      if (connection == null) {
        callback.failed(new EofException("connection closed"));
        return true;
      }
      // Time that the tower needs does not count as a stall of the client.
      request.addIdleTimeoutListener(timeout -> false);
      connection.requestBegins();
      HttpExchange exchange = new HttpExchange(request, response, connection);
      Throwable failure = null;
      try {
        handler.handle(exchange);
      } catch (IOException e) {
        failure = new EofException(e); // a client disconnected or was evicted: not logged
      } catch (RuntimeException e) {
        failure = e;
      } finally {
        exchange.requestEnds();
      }
      if (failure == null) {
        callback.succeeded();
      } else {
        callback.failed(failure);
      }
      return true;
    }
  }

  private record ErrorResponses(ErrorFormat errorFormat) implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      int status =
          request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer code
              ? code
              : HttpStatus.INTERNAL_SERVER_ERROR_500;
      ErrorFormat.Body body = errorFormat.body(status, HttpStatus.getMessage(status));
      response.setStatus(status);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, body.contentType());
      response.write(true, ByteBuffer.wrap(body.text().getBytes(StandardCharsets.UTF_8)), callback);
      return true;
    }
  }
}
