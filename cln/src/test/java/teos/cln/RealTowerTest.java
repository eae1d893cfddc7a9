package teos.cln;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.teosd.RunningTower;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** The plugin with a real tower and bitcoind, up to the confirmed penalty. */
@Tag("bitcoind")
class RealTowerTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path folder;

  private static ObjectNode revocation(LightningChannel channel) {
    return MAPPER
        .createObjectNode()
        .put("commitment_txid", channel.commitmentTxid().toString())
        .put("penalty_tx", HexFormat.of().formatHex(channel.penalty(FEE_RATE)))
        .put("channel_id", "00".repeat(32))
        .put("commitnum", 1);
  }

  private static String locator(LightningChannel channel) {
    return Dialect.V2.locator(channel.commitmentTxid()).toHex();
  }

  @Test
  void revokedStates_arePunishedByTheTower() throws Exception {
    LightningChannel breached = LightningChannel.open(bitcoind);
    LightningChannel honest = LightningChannel.open(bitcoind);
    try (RunningTower tower = RunningTower.start(bitcoind, folder.resolve("tower"), Map.of());
        FakeLightningd lightningd = FakeLightningd.start(folder)) {
      String id = tower.id().toHex();
      lightningd.result("registertower", id + "@127.0.0.1:" + tower.api().getPort());
      for (LightningChannel channel : List.of(breached, honest)) {
        JsonNode answer = lightningd.call("commitment_revocation", revocation(channel));
        assertThat(answer.path("result").path("result").asText()).isEqualTo("continue");
      }
      Eventually.holds(
          () -> lightningd.result("gettowerinfo", id).path("appointments").size() == 2,
          () -> lightningd.log().toString());
      assertThat(
              lightningd
                  .result("getsubscriptioninfo", id)
                  .path("locators")
                  .valueStream()
                  .map(JsonNode::asText))
          .containsExactlyInAnyOrder(locator(breached), locator(honest));

      bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(breached.commitment())));
      String penalty = breached.penaltyTxid(FEE_RATE).toString();
      Eventually.holds(() -> bitcoind.mempool().contains(penalty), () -> "no penalty");
      String block = bitcoind.mine(1).getFirst();
      assertThat(bitcoind.rpc("getblock", block).path("tx").valueStream().map(JsonNode::asText))
          .contains(penalty);

      JsonNode responded = lightningd.result("getappointment", id, locator(breached));
      assertThat(responded.path("status").asText()).isEqualTo("dispute_responded");
      assertThat(responded.path("appointment").path("penalty_txid").asText()).isEqualTo(penalty);
      assertThat(lightningd.result("getappointment", id, locator(honest)).path("status").asText())
          .isEqualTo("being_watched");
    }
  }

  @Test
  void statesWhileTowerAndPluginAreDown_arriveAtItsNewAddress() throws Exception {
    List<LightningChannel> channels = LightningChannel.openMany(bitcoind, 9);
    Path data = folder.resolve("tower");
    String id;
    try (FakeLightningd lightningd = FakeLightningd.start(folder)) {
      try (RunningTower tower = RunningTower.start(bitcoind, data, Map.of())) {
        id = tower.id().toHex();
        lightningd.result("registertower", id + "@127.0.0.1:" + tower.api().getPort());
      }
      for (LightningChannel channel : channels) {
        lightningd.call("commitment_revocation", revocation(channel));
      }
      lightningd.kill();
    }
    try (RunningTower tower = RunningTower.start(bitcoind, data, Map.of());
        FakeLightningd lightningd = FakeLightningd.start(folder)) {
      lightningd.result("registertower", id + "@127.0.0.1:" + tower.api().getPort());
      Eventually.holds(
          () -> lightningd.result("gettowerinfo", id).path("appointments").size() == 9,
          () -> lightningd.log().toString());
      assertThat(lightningd.result("gettowerinfo", id).path("pending_appointments")).isEmpty();
    }
  }
}
