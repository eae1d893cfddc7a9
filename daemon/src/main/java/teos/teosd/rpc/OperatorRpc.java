package teos.teosd.rpc;

import io.grpc.BindableService;
import io.grpc.HandlerRegistry;
import io.grpc.ServerMethodDefinition;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import teos.protocol.HostPort;
import teos.rpc.tls.ServerTls;
import teos.teosd.api.InternalApi;

/**
 * The operator's RPC, which requires the operator's certificate. It listens from the beginning of
 * the tower's start and reports its progress; calls that need the whole tower are available once
 * {@link #serve} has been called.
 */
public final class OperatorRpc implements AutoCloseable {

  private final TowerInfo info;
  private final LogLevels logLevels;
  private final ServerTls tls;
  private final Methods methods;
  private final RpcServer server;

  private OperatorRpc(
      TowerInfo info, LogLevels logLevels, ServerTls tls, Methods methods, RpcServer server) {
    this.info = info;
    this.logLevels = logLevels;
    this.tls = tls;
    this.methods = methods;
    this.server = server;
  }

  /** Registry of the currently available methods. */
  private static final class Methods extends HandlerRegistry {
    private volatile Map<String, ServerMethodDefinition<?, ?>> byName;

    Methods(Map<String, ServerMethodDefinition<?, ?>> byName) {
      this.byName = Map.copyOf(byName);
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
        String name, @Nullable String authority) {
      return byName.get(name);
    }
  }

  /**
   * Starts listening while the tower is starting.
   *
   * @param workers maximum concurrent calls
   * @param tls closed with this server, also if the start fails
   * @param logLevels changed by set_log_level
   * @param progress describes the current step of the start
   * @param stop stops the tower while it is starting
   * @throws IOException if the address cannot be bound
   */
  public static OperatorRpc start(
      HostPort endpoint,
      int workers,
      ServerTls tls,
      TowerInfo info,
      LogLevels logLevels,
      Supplier<String> progress,
      Runnable stop)
      throws IOException {
    try {
      Methods methods =
          new Methods(new StartingServices(info, progress, logLevels, stop).methods());
      RpcServer server = RpcServer.startOperatorRpc(endpoint, workers, tls, methods);
      return new OperatorRpc(info, logLevels, tls, methods, server);
    } catch (IOException | RuntimeException e) {
      tls.close();
      throw e;
    }
  }

  /**
   * Makes all calls available.
   *
   * @param minToSelfDelay the smallest to_self_delay that v1 users may send, in blocks
   */
  public void serve(InternalApi tower, long minToSelfDelay) {
    LongResponses longResponses = new LongResponses();
    List<BindableService> services =
        List.of(
            new PrivateServices(tower, info, logLevels, longResponses),
            new TowerServicesV1(tower, minToSelfDelay, true, longResponses));
    Map<String, ServerMethodDefinition<?, ?>> all = new HashMap<>();
    for (BindableService service : services) {
      service
          .bindService()
          .getMethods()
          .forEach(method -> all.put(method.getMethodDescriptor().getFullMethodName(), method));
    }
    methods.byName = Map.copyOf(all);
  }

  /** Stops accepting calls, and lets calls in progress finish within a grace period. */
  @Override
  public void close() {
    server.close();
    tls.close();
  }
}
