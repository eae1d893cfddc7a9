package teos.teosd.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.Version;
import teos.config.Config;
import teos.protocol.Dialect;
import teos.protocol.HostPort;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ServerTls;
import teos.teosd.api.InternalApi;
import teos.teosd.api.SessionPolicy;
import teos.teosd.http.PublicApi;
import teos.teosd.http.Throttle;
import teos.teosd.lnd.LndServer;
import teos.teosd.lnd.LndSettings;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.StartupException;
import teos.teosd.rpc.OperatorRpc;
import teos.teosd.rpc.RpcServer;
import teos.teosd.rpc.TowerInfo;
import teos.teosd.web.Metrics;
import teos.teosd.web.OperatorDashboard;
import teos.teosd.web.TowerState;

/**
 * Starts the dashboard and the servers for users, of a tower that watches the chain or of a front
 * end. Everything started is added to a {@link CloseStack}, which closes it in reverse order.
 */
public final class Services {

  private static final Logger log = LoggerFactory.getLogger(Services.class);

  private final Config config;
  private final SecretKey key;
  private final InternalApi tower;
  private final PublicEndpoints endpoints;
  private final CloseStack started;
  private Optional<Metrics> metrics = Optional.empty();

  /**
   * @param started receives everything that is started, to be closed at shutdown
   */
  public Services(
      Config config,
      SecretKey key,
      InternalApi tower,
      PublicEndpoints endpoints,
      CloseStack started) {
    this.config = config;
    this.key = key;
    this.tower = tower;
    this.endpoints = endpoints;
    this.started = started;
  }

  /** Starts the server of the gRPC API for users. */
  @FunctionalInterface
  public interface InternalRpcFactory {
    RpcServer start(InternalApi tower, Config.InternalApi config, long minToSelfDelay)
        throws IOException;
  }

  /**
   * Starts the operator's RPC of a tower that is still starting.
   *
   * @param stop action of the stop command until the tower is ready
   * @throws StartupException if its address is in use, or its certificates cannot be used
   */
  public static OperatorRpc startOperatorRpc(
      Config config,
      SecretKey key,
      PublicEndpoints endpoints,
      StartupProgress progress,
      Runnable stop)
      throws StartupException {
    ServerTls tls = startTls(config);
    try {
      return OperatorRpc.start(
          config.rpc(),
          config.internalApi().workers(),
          tls,
          new TowerInfo(
              key.publicKey(), endpoints::addresses, endpoints.listensAt(), Version.current()),
          Logging::setLevel,
          progress::current,
          stop);
    } catch (IOException | RuntimeException e) {
      throw cannotListen(config.rpc(), "rpc_bind, rpc_port", e);
    }
  }

  private static ServerTls startTls(Config config) throws StartupException {
    try {
      return ServerTls.start(
          new CertificateFolder(
              new CertificatePaths(config.files().certificates()), config.files().operatorGroup()),
          InstantSource.system());
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.CERTIFICATES,
          "cannot use the certificates of the operator's RPC: " + e.getMessage(),
          e);
    }
  }

  /**
   * Starts the dashboard, unless it is disabled. It runs while the tower catches up, and shows the
   * progress.
   *
   * @param source connects the metrics to the events that they count
   * @throws StartupException if its address is in use
   */
  public void startDashboard(TowerState state, Consumer<Metrics> source) throws StartupException {
    Optional<HostPort> configured = config.web().endpoint();
    if (configured.isEmpty()) {
      return;
    }
    HostPort endpoint = configured.get();
    Metrics counted = new Metrics(state, Version.current());
    metrics = Optional.of(counted);
    source.accept(counted);
    try {
      started.add(
          "dashboard",
          OperatorDashboard.start(
              state,
              counted,
              Version.current(),
              endpoint.host(),
              endpoint.port(),
              config.web().hosts()));
    } catch (IOException e) {
      throw cannotListen(endpoint, "web_bind, web_port", e);
    }
  }

  /**
   * Starts the servers for users, the public API last: once it answers, all other services do as
   * well. Then starts the onion service and the renewal of the certificates.
   *
   * @throws StartupException if an address is in use
   */
  public PublicApi startServers(InternalRpcFactory internalRpc) throws StartupException {
    startInternalRpc(internalRpc);
    Optional<LndServer> lnd = startLndServer();
    PublicApi api = startPublicApi();
    started.add("public endpoints", endpoints);
    endpoints.start(
        key.publicKey(),
        config.tor().support() ? OptionalInt.of(api.onionPort()) : OptionalInt.empty(),
        lnd.map(server -> OptionalInt.of(server.port())).orElseGet(OptionalInt::empty));
    return api;
  }

  private void startInternalRpc(InternalRpcFactory factory) throws StartupException {
    try {
      started.add(
          "internal API",
          factory.start(tower, config.internalApi(), config.limits().minToSelfDelay()));
    } catch (IOException | RuntimeException e) {
      throw cannotListen(
          config.internalApi().endpoint(), "internal_api_host, internal_api_port", e);
    }
  }

  private Optional<LndServer> startLndServer() throws StartupException {
    Config.Lnd lnd = config.lnd();
    if (!lnd.support()) {
      return Optional.empty();
    }
    byte[] chainHash = Txid.fromDisplayHex(config.network().genesisHash()).internal();
    InetSocketAddress at = new InetSocketAddress(lnd.endpoint().host(), lnd.endpoint().port());
    SessionPolicy policy = sessionPolicy(lnd, chainHash);
    try {
      return Optional.of(
          started.add(
              "lnd server",
              LndServer.start(
                  at,
                  key,
                  chainHash,
                  policy,
                  tower,
                  config.registration().addressRegistrations(),
                  peer -> endpoints.options().clients().isSharedAt(at.getAddress(), peer))));
    } catch (IOException | RuntimeException e) {
      throw cannotListen(lnd.endpoint(), "lnd_bind, lnd_port", e);
    }
  }

  private static SessionPolicy sessionPolicy(Config.Lnd lnd, byte[] chainHash)
      throws StartupException {
    try {
      return LndSettings.sessionPolicy(lnd, chainHash);
    } catch (IllegalArgumentException e) {
      throw new StartupException(ExitCode.CONFIGURATION, String.valueOf(e.getMessage()), e);
    }
  }

  private PublicApi startPublicApi() throws StartupException {
    PublicApi api =
        new PublicApi(
            tower,
            config.api().host(),
            config.api().port(),
            switch (config.defaultDialect()) {
              case V1 -> Dialect.V1;
              case V2 -> Dialect.V2;
            },
            config.limits().minToSelfDelay(),
            new Throttle(
                new Throttle.Limits(
                    config.registration().addressRequests(),
                    config.registration().addressRegistrations(),
                    config.registration().userRequests())),
            endpoints.options());
    metrics.ifPresent(counted -> api.onResponse(counted::request));
    try {
      api.start();
    } catch (IOException e) {
      throw cannotListen(config.api(), "api_bind, api_port", e);
    }
    started.onClose(
        "public API",
        () -> {
          api.close();
          log.info("public API stopped");
        });
    return api;
  }

  private static StartupException cannotListen(HostPort endpoint, String settings, Exception e) {
    return new StartupException(
        ExitCode.ADDRESS,
        "cannot listen at " + endpoint + " (" + settings + "): " + rootMessage(e),
        e);
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
