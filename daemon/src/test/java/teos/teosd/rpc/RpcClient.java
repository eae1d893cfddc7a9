package teos.teosd.rpc;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ClientTls;
import teos.rpc.v1.TowerServicesGrpc;
import teos.rpc.v1.TowerServicesGrpc.TowerServicesBlockingStub;
import teos.rpc.v2.PrivateTowerServicesGrpc;
import teos.rpc.v2.PrivateTowerServicesGrpc.PrivateTowerServicesBlockingStub;
import teos.rpc.v2.PublicTowerServicesGrpc;
import teos.rpc.v2.PublicTowerServicesGrpc.PublicTowerServicesBlockingStub;
import teos.teosd.RunningTower;
import teos.testkit.TestTimeouts;

/** Client of one of a tower's two gRPC servers. */
final class RpcClient implements AutoCloseable {

  private final ManagedChannel channel;

  private RpcClient(int port, ChannelCredentials credentials) {
    this.channel = OkHttpChannelBuilder.forAddress("127.0.0.1", port, credentials).build();
  }

  /** Connects to the internal API. */
  static RpcClient internal(RunningTower tower) {
    return new RpcClient(
        tower.config().internalApi().endpoint().port(), InsecureChannelCredentials.create());
  }

  /** Connects to the operator's RPC with the certificate in the tower's folder. */
  static RpcClient operators(RunningTower tower) throws IOException {
    CertificatePaths paths = new CertificatePaths(tower.config().files().certificates());
    return operators(tower, ClientTls.credentials(paths));
  }

  /** Connects to the operator's RPC with other credentials. */
  static RpcClient operators(RunningTower tower, ChannelCredentials credentials) {
    return new RpcClient(tower.config().rpc().port(), credentials);
  }

  TowerServicesBlockingStub v1() {
    return TowerServicesGrpc.newBlockingStub(channel)
        .withDeadlineAfter(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }

  PublicTowerServicesBlockingStub v2() {
    return PublicTowerServicesGrpc.newBlockingStub(channel)
        .withDeadlineAfter(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }

  PrivateTowerServicesBlockingStub v2Operator() {
    return PrivateTowerServicesGrpc.newBlockingStub(channel)
        .withDeadlineAfter(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
