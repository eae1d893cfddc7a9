package teos.teosd.rpc;

import io.grpc.BindableService;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.config.Config;
import teos.protocol.HostPort;
import teos.rpc.tls.ServerTls;
import teos.teosd.api.InternalApi;
import teos.teosd.net.ConnectionLimiter;
import teos.teosd.net.LimitedServerSocket;

/** gRPC server that runs its calls and connections on virtual threads. */
public final class RpcServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RpcServer.class);

  /** Same limit as the HTTP API. */
  private static final int MAX_REQUEST_BYTES = 1024 * 1024;

  /**
   * Concurrent calls of a connection: each may keep a response in memory that its client does not
   * read.
   */
  private static final int MAX_CALLS_PER_CONNECTION = 100;

  private static final int MAX_CONNECTIONS = 200;
  private static final int MAX_CONNECTIONS_PER_NETWORK = 50;

  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofMinutes(5);

  private final String name;
  private final Server server;
  private final ExecutorService calls;
  private final ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor();

  private RpcServer(
      String name,
      HostPort endpoint,
      int workers,
      ServerCredentials credentials,
      Consumer<OkHttpServerBuilder> services) {
    this.name = name;
    this.calls = Executors.newFixedThreadPool(workers, Thread.ofVirtual().factory());
    OkHttpServerBuilder builder =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(endpoint.host(), endpoint.port()), credentials)
            .socketFactory(LimitedServerSocket.factory(limiter()))
            .executor(calls)
            .transportExecutor(connections)
            .maxConnectionIdle(IDLE.toSeconds(), TimeUnit.SECONDS)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .maxInboundMessageSize(MAX_REQUEST_BYTES);
    services.accept(builder);
    this.server = builder.build();
  }

  private static ConnectionLimiter limiter() {
    return new ConnectionLimiter(
        MAX_CONNECTIONS, MAX_CONNECTIONS_PER_NETWORK, InetAddress::isLoopbackAddress);
  }

  /**
   * Starts the internal API, without encryption: the users' calls of both dialects and, on a
   * loopback address, the operator's calls of v1.
   *
   * @param minToSelfDelay the smallest to_self_delay that v1 users may send, in blocks
   * @throws IOException if the address cannot be bound
   */
  public static RpcServer startInternal(
      InternalApi tower, Config.InternalApi config, long minToSelfDelay) throws IOException {
    boolean loopback =
        new InetSocketAddress(config.endpoint().host(), config.endpoint().port())
            .getAddress()
            .isLoopbackAddress();
    if (!loopback) {
      log.warn("internal_api_host is not a loopback address, so it refuses the operator's calls");
    }
    return startInternal(tower, config, minToSelfDelay, loopback);
  }

  /**
   * Starts the internal API, without encryption, with only the users' calls of both dialects.
   *
   * @param minToSelfDelay the smallest to_self_delay that v1 users may send, in blocks
   * @throws IOException if the address cannot be bound
   */
  public static RpcServer startPublic(
      InternalApi tower, Config.InternalApi config, long minToSelfDelay) throws IOException {
    return startInternal(tower, config, minToSelfDelay, false);
  }

  private static RpcServer startInternal(
      InternalApi tower,
      Config.InternalApi config,
      long minToSelfDelay,
      boolean operatorCallsAllowed)
      throws IOException {
    LongResponses longResponses = new LongResponses();
    return new RpcServer(
            "internal API",
            config.endpoint(),
            config.workers(),
            InsecureServerCredentials.create(),
            services(
                new TowerServicesV1(tower, minToSelfDelay, operatorCallsAllowed, longResponses),
                new PublicServices(tower, longResponses)))
        .start(config.endpoint());
  }

  private static Consumer<OkHttpServerBuilder> services(BindableService... services) {
    return builder -> List.of(services).forEach(builder::addService);
  }

  /**
   * Starts the operator's RPC, with mutual TLS.
   *
   * @param methods available methods, which may change
   * @throws IOException if the address cannot be bound
   */
  static RpcServer startOperatorRpc(
      HostPort endpoint, int workers, ServerTls tls, HandlerRegistry methods) throws IOException {
    return new RpcServer(
            "operator's RPC",
            endpoint,
            workers,
            tls.credentials(),
            builder -> builder.fallbackHandlerRegistry(methods))
        .start(endpoint);
  }

  private RpcServer start(HostPort endpoint) throws IOException {
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
    log.atInfo()
        .addKeyValue("server", name)
        .addKeyValue("address", new HostPort(endpoint.host(), server.getPort()))
        .log("listening for gRPC");
    return this;
  }

  /** Stops accepting calls, and lets calls in progress finish within {@link #GRACE}. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        log.atWarn().addKeyValue("server", name).log("calls did not finish in time");
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    calls.shutdown();
    connections.shutdown();
  }
}
