package teos.teosd.rpc;

import com.google.protobuf.Empty;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.rpc.v1.TowerServicesGrpc;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.PrivateTowerServicesGrpc;
import teos.rpc.v2.PrivateTowerServicesGrpc.PrivateTowerServicesImplBase;
import teos.rpc.v2.SetLogLevelRequest;
import teos.rpc.v2.SetLogLevelResponse;

/**
 * The operator's calls while the tower is starting: get_tower_info with its progress, set_log_level
 * and stop. All other calls fail with the progress in their error.
 */
final class StartingServices extends PrivateTowerServicesImplBase {

  private static final Logger log = LoggerFactory.getLogger(StartingServices.class);

  private static final Set<String> AVAILABLE =
      Set.of(
          PrivateTowerServicesGrpc.getGetTowerInfoMethod().getFullMethodName(),
          PrivateTowerServicesGrpc.getSetLogLevelMethod().getFullMethodName(),
          PrivateTowerServicesGrpc.getStopMethod().getFullMethodName());

  private final TowerInfo info;
  private final Supplier<String> progress;
  private final LogLevels logLevels;
  private final Runnable stop;

  /**
   * @param progress describes the current step of the start
   * @param stop stops the tower
   */
  StartingServices(TowerInfo info, Supplier<String> progress, LogLevels logLevels, Runnable stop) {
    this.info = info;
    this.progress = progress;
    this.logLevels = logLevels;
    this.stop = stop;
  }

  /** Returns all methods of the operator's services, by their full names. */
  Map<String, ServerMethodDefinition<?, ?>> methods() {
    Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();
    for (ServiceDescriptor service :
        List.of(
            PrivateTowerServicesGrpc.getServiceDescriptor(),
            TowerServicesGrpc.getServiceDescriptor())) {
      service
          .getMethods()
          .forEach(method -> methods.put(method.getFullMethodName(), unavailable(method)));
    }
    bindService().getMethods().stream()
        .filter(method -> AVAILABLE.contains(method.getMethodDescriptor().getFullMethodName()))
        .forEach(method -> methods.put(method.getMethodDescriptor().getFullMethodName(), method));
    return methods;
  }

  private <Q, P> ServerMethodDefinition<Q, P> unavailable(MethodDescriptor<Q, P> method) {
    return ServerMethodDefinition.create(
        method,
        ServerCalls.asyncUnaryCall(
            (request, to) ->
                to.onError(
                    UnaryCalls.failure(
                        Status.UNAVAILABLE,
                        "The tower is starting ("
                            + progress.get()
                            + "). Until it is ready, only get_tower_info, set_log_level and"
                            + " stop are available"))));
  }

  @Override
  public void getTowerInfo(Empty request, StreamObserver<GetTowerInfoResponse> to) {
    UnaryCalls.answer(to, () -> info.toResponse().setStarting(progress.get()).build());
  }

  @Override
  public void setLogLevel(SetLogLevelRequest request, StreamObserver<SetLogLevelResponse> to) {
    UnaryCalls.answer(to, () -> PrivateServices.setLogLevel(logLevels, request));
  }

  @Override
  public void stop(Empty request, StreamObserver<Empty> to) {
    log.info("stop requested by the operator during the start");
    UnaryCalls.answer(to, Empty::getDefaultInstance);
    stop.run();
  }
}
