package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** Clients that share no code with the tower: python-teos's own, and stubs made by grpcio-tools. */
@Tag("bitcoind")
class PythonInteropTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;
  private static LightningChannel breached;

  @TempDir Path dataDir;

  @BeforeAll
  static void start() throws Exception {
    breached = LightningChannel.open(bitcoind);
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(breached.commitment())));
  }

  private static String dispute() {
    return breached.commitmentTxid().toString();
  }

  private static String penalty() {
    return HexFormat.of().formatHex(breached.penalty(FEE_RATE));
  }

  @Test
  void pythonTeosClient_acceptsReceiptsAndItsRequestsAreAccepted() throws Exception {
    // Unknown users are answered in the default dialect, which these clients expect to be v1.
    Map<String, String> settings = Map.of("default_dialect", "v1");
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, settings)) {
      PythonClient.run(
          "v1_client.py",
          List.of(
              "--api=" + tower.api(),
              "--tower-id=" + tower.id().toHex(),
              "--dispute=" + dispute(),
              "--penalty=" + penalty()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"internal-v1", "v1", "v2"})
  void grpcioStubs_callEveryMethodAndStopTheTower(String stopBy) throws Exception {
    Map<String, String> settings = Map.of("public_addresses", "tower.example:443");
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, settings)) {
      PythonClient.run(
          "grpc_client.py",
          List.of(
              "--protos=" + PythonClient.root().resolve("rpc/src/main/proto"),
              "--internal=127.0.0.1:" + tower.config().internalApi().endpoint().port(),
              "--operators=127.0.0.1:" + tower.config().rpc().port(),
              "--data=" + tower.config().files().certificates(),
              "--tower-id=" + tower.id().toHex(),
              "--dispute=" + dispute(),
              "--penalty=" + penalty(),
              "--stop-by=" + stopBy));
      assertThat(tower.awaitExit()).isZero();
    }
  }
}
