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
 * Server for HTTP/1.1 and HTTP/1.0, on Jetty, with limits for whatever strangers send. A request
 * has a virtual thread; connections that wait for one have none. Framing is that of RFC 9112: of
 * two readings of a request, neither is guessed.
 */
public final class HttpServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

  /** Longest time without a byte from the client in the middle of a request or a response. */
  static final Duration STALL_TIMEOUT = Duration.ofSeconds(10);

  /**
   * Longest time without a request. Idle connections are closed earlier when there is need of room;
   * this only clears away those whose client is gone without a word.
   */
  static final Duration IDLE_TIMEOUT = Duration.ofHours(1);

  /** Longest wait for a next request of a connection that has had an answer, when stopping. */
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

  /** What answers requests. */
  public interface ExchangeHandler {
    /**
     * Answers the request of {@code exchange}; returns when all of the response has been written.
     *
     * @throws IOException if the client is gone
     */
    void handle(HttpExchange exchange) throws IOException;
  }

  /** What answers requests that are no HTTP, or that {@link ExchangeHandler} failed to answer. */
  public interface ErrorFormat {
    /**
     * The body of a response.
     *
     * @param reason what the status means, such as "Bad Request"
     */
    Body body(int status, String reason);

    /** Body of a response. */
    record Body(String contentType, String text) {}
  }

  /** Port that is listened at. */
  public interface Port {
    /** Its number. */
    int number();
  }

  /**
   * @param name of its threads
   * @param grace longest time that {@link #close} gives to requests under way
   */
  public HttpServer(String name, ExchangeHandler site, ErrorFormat errors, Duration grace) {
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
    server.setHandler(new Dispatcher(site));
    server.setErrorHandler(new ErrorResponses(errors));
  }

  /**
   * Adds a port, before {@link #start}.
   *
   * @param name of the port, for {@link HttpExchange#port}
   * @param port its number, or 0 for any that is free
   * @param tls what TLS 1.2 and 1.3 are spoken with; none for plain HTTP
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
    // The heap is what is limited (-Xmx); direct memory would come on top of it.
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
    factory.setEnsureSecureRequestCustomizer(false); // it refuses names that no certificate has
    factory.setDirectBuffersForDecryption(false);
    factory.setDirectBuffersForEncryption(false);
    return factory;
  }

  /**
   * Starts listening.
   *
   * @throws IOException if an address cannot be listened at
   */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException e) {
      stop();
      throw e;
    } catch (Exception e) { // Jetty declares no other
      stop();
      throw new IOException(e);
    }
  }

  /**
   * Stops listening, answers what is under way and what still comes over open connections, and
   * closes these.
   */
  @Override
  public void close() {
    CompletableFuture<?>[] closed =
        connectors.stream().map(ServerConnector::shutdown).toArray(CompletableFuture<?>[]::new);
    connectors.forEach(connector -> connector.expectLastRequests(LAST_REQUEST_TIMEOUT));
    try {
      CompletableFuture.allOf(closed).get(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.info("closing connections that clients keep open");
    } catch (ExecutionException e) {
      log.warn("connections were not closed in order", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stop();
  }

  private void stop() {
    try {
      server.stop();
    } catch (Exception e) { // Jetty declares no other
      log.warn("the HTTP server did not stop in order", e);
    }
  }

  private static final class Dispatcher extends Handler.Abstract {
    private final ExchangeHandler site;

    Dispatcher(ExchangeHandler site) {
      this.site = site;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      LimitedConnector.CountedConnection connection = LimitedConnector.of(request);
      if (connection == null) {
        callback.failed(new EofException("closed by now"));
        return true;
      }
      // What takes the tower long is no stall of the client's.
      request.addIdleTimeoutListener(timeout -> false);
      connection.begins();
      HttpExchange exchange = new HttpExchange(request, response, connection);
      Throwable failure = null;
      try {
        site.handle(exchange);
      } catch (IOException e) {
        failure = new EofException(e); // clients go, or are cut off: no line of the log
      } catch (RuntimeException e) {
        failure = e;
      } finally {
        exchange.ends();
      }
      if (failure == null) {
        callback.succeeded();
      } else {
        callback.failed(failure);
      }
      return true;
    }
  }

  private record ErrorResponses(ErrorFormat errors) implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      int status =
          request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer given
              ? given
              : HttpStatus.INTERNAL_SERVER_ERROR_500;
      ErrorFormat.Body body = errors.body(status, HttpStatus.getMessage(status));
      response.setStatus(status);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, body.contentType());
      response.write(true, ByteBuffer.wrap(body.text().getBytes(StandardCharsets.UTF_8)), callback);
      return true;
    }
  }
}
