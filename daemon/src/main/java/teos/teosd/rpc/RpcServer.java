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

/** A gRPC server, whose calls and connections have virtual threads. */
public final class RpcServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RpcServer.class);

  /** As much as the HTTP API takes. */
  private static final int MAX_REQUEST = 1024 * 1024;

  /**
   * Calls of a connection at a time: each may have a message in memory that its client does not
   * read.
   */
  private static final int MAX_CALLS_OF_ONE = 100;

  private static final int MAX_CONNECTIONS = 200;
  private static final int MAX_CONNECTIONS_OF_NETWORK = 50;

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
            .maxConcurrentCallsPerConnection(MAX_CALLS_OF_ONE)
            .maxInboundMessageSize(MAX_REQUEST);
    services.accept(builder);
    this.server = builder.build();
  }

  private static ConnectionLimiter limiter() {
    return new ConnectionLimiter(
        MAX_CONNECTIONS, MAX_CONNECTIONS_OF_NETWORK, InetAddress::isLoopbackAddress);
  }

  /**
   * The internal API, without encryption: users' calls of both dialects, and on a loopback address
   * the operator's of v1.
   *
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   * @throws IOException if the address cannot be listened at
   */
  public static RpcServer startInternal(
      InternalApi tower, Config.InternalApi config, long minToSelfDelay) throws IOException {
    boolean loopback =
        new InetSocketAddress(config.endpoint().host(), config.endpoint().port())
            .getAddress()
            .isLoopbackAddress();
    if (!loopback) {
      log.warn("internal_api_host is no loopback address: the operator's calls are refused there");
    }
    LongResponses longOnes = new LongResponses();
    return new RpcServer(
            "internal API",
            config.endpoint(),
            config.workers(),
            InsecureServerCredentials.create(),
            services(
                new TowerServicesV1(tower, minToSelfDelay, loopback, longOnes),
                new PublicServices(tower, longOnes)))
        .start(config.endpoint());
  }

  /**
   * The users' calls of both dialects, without encryption, and none of the operator's.
   *
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   * @throws IOException if the address cannot be listened at
   */
  public static RpcServer startPublic(
      InternalApi tower, Config.InternalApi config, long minToSelfDelay) throws IOException {
    LongResponses longOnes = new LongResponses();
    return new RpcServer(
            "internal API",
            config.endpoint(),
            config.workers(),
            InsecureServerCredentials.create(),
            services(
                new TowerServicesV1(tower, minToSelfDelay, false, longOnes),
                new PublicServices(tower, longOnes)))
        .start(config.endpoint());
  }

  private static Consumer<OkHttpServerBuilder> services(BindableService... services) {
    return builder -> List.of(services).forEach(builder::addService);
  }

  /**
   * A server with mutual TLS.
   *
   * @param methods those that can be called, which may change
   * @throws IOException if the address cannot be listened at
   */
  static RpcServer startOperators(
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
    log.info("{} at {}", name, new HostPort(endpoint.host(), server.getPort()));
    return this;
  }

  /** Takes no more calls, and lets those under way finish, for so long as they may take. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        log.warn("{}: calls under way have not finished in time", name);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    calls.shutdown();
    connections.shutdown();
  }
}
