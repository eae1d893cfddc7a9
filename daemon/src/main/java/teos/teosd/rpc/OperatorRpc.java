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
 * The operator's RPC, which only who has the operator's certificate can call. It is there from the
 * tower's start on, and says then how far the tower is; the calls that need the whole tower are
 * answered when there is one.
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

  /** The methods that can be called now. */
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
   * Starts it for a tower that is starting.
   *
   * @param workers calls that are answered at a time
   * @param tls closed with this, also if this fails
   * @param logLevels what the log says
   * @param progress what the tower is doing while it starts
   * @param stop has the tower stop while it starts
   * @throws IOException if the address cannot be listened at
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
      RpcServer server = RpcServer.startOperators(endpoint, workers, tls, methods);
      return new OperatorRpc(info, logLevels, tls, methods, server);
    } catch (IOException | RuntimeException e) {
      tls.close();
      throw e;
    }
  }

  /**
   * Answers all calls from now on.
   *
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   */
  public void serve(InternalApi tower, long minToSelfDelay) {
    LongResponses longOnes = new LongResponses();
    List<BindableService> services =
        List.of(
            new PrivateServices(tower, info, logLevels, longOnes),
            new TowerServicesV1(tower, minToSelfDelay, true, longOnes));
    Map<String, ServerMethodDefinition<?, ?>> all = new HashMap<>();
    for (BindableService service : services) {
      service
          .bindService()
          .getMethods()
          .forEach(method -> all.put(method.getMethodDescriptor().getFullMethodName(), method));
    }
    methods.byName = Map.copyOf(all);
  }

  /** Takes no more calls, and lets those under way finish, for so long as they may take. */
  @Override
  public void close() {
    server.close();
    tls.close();
  }
}
