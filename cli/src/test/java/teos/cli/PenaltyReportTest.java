package teos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.RawTransactions;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.testkit.Bitcoind;
import teos.testkit.FeeHistory;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** What teos-cli shows about unconfirmed penalties, on a bitcoind that estimates fees. */
@Tag("bitcoind")
class PenaltyReportTest {

  /** The fee rate that bitcoind estimates, in sat/vB. */
  private static final int ESTIMATE = 20;

  private static final int DELAY = 144;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path folder;

  private final int rpcPort = FreePort.find();

  PenaltyReportTest() throws IOException {}

  private String[] command(String... command) {
    String[] all = new String[command.length + 4];
    System.arraycopy(command, 0, all, 0, command.length);
    all[command.length] = "--datadir";
    all[command.length + 1] = folder.toString();
    all[command.length + 2] = "--rpcport";
    all[command.length + 3] = Integer.toString(rpcPort);
    return all;
  }

  private JsonNode json(String... command) throws IOException {
    return ProcessResult.teosCli(false, command(command)).json();
  }

  private String table(String... command) {
    return ProcessResult.teosCli(true, command(command)).out();
  }

  private static String txid(byte[] raw) {
    return RawTransactions.txid(raw).toString();
  }

  @Test
  void showsFeeRateDeadlineAndVerdictAndThePenaltiesOfABundle() throws Exception {
    bitcoind.mine(Math.max(0, 140 - bitcoind.height()));
    FeeHistory.mine(bitcoind, ESTIMATE);
    try (RunningTower tower =
        RunningTower.start(bitcoind, folder, Map.of("rpc_port", Integer.toString(rpcPort)))) {
      TowerUser user = tower.registered(Dialect.V2);
      LightningChannel plain = LightningChannel.open(bitcoind);
      LightningChannel bundle = LightningChannel.open(bitcoind);
      user.sendForReceipt(user.appointment(plain.commitmentTxid(), plain.penalty(ESTIMATE + 5)));
      List<byte[]> ladder =
          IntStream.of(5, 10, 15).mapToObj(bundle::penalty).toList(); // all below the estimate
      user.sendForReceipt(user.appointment(bundle.commitmentTxid(), Bundle.encode(ladder)));
      bitcoind.mineBlockWith(
          List.of(
              HexFormat.of().formatHex(plain.commitment()),
              HexFormat.of().formatHex(bundle.commitment())));
      int deadline = bitcoind.height() + DELAY;

      Eventually.holds("one at risk", () -> json("get_tower_info").path("n_at_risk").asInt() == 1);
      assertThat(json("get_tower_info").path("n_unlikely").asInt()).isZero();
      assertThat(table("get_tower_info")).contains("disputes in progress   2, 1 AT RISK\n");
      Eventually.holds(
          "both in the mempool",
          () ->
              bitcoind.mempool().contains(txid(ladder.get(2)))
                  && table("get_all_appointments").split("in the mempool since", -1).length == 3);

      String first = Dialect.V2.locator(plain.commitmentTxid()).toHex();
      JsonNode one = json("get_appointments", first).path("appointments").path(0);
      assertThat(one.path("verdict").asText()).isEqualTo("likely");
      assertThat(one.path("deadline").asInt()).isEqualTo(deadline);
      assertThat(one.path("fee_rate_per_kvb").asInt() / 1_000).isBetween(24, 26);
      assertThat(one.has("penalties") || one.has("rung") || one.has("n_penalties")).isFalse();
      assertThat(table("get_appointments", first))
          .containsPattern(", likely in time, 2[456][.0-9]* sat/vB, deadline block " + deadline);

      String second = Dialect.V2.locator(bundle.commitmentTxid()).toHex();
      JsonNode all = json("get_appointments", second).path("appointments").path(0);
      assertThat(all.path("verdict").asText()).isEqualTo("at_risk");
      assertThat(all.path("penalty_txid").asText()).isEqualTo(txid(ladder.get(2)));
      assertThat(all.path("rung").asInt()).isEqualTo(3);
      assertThat(all.path("n_rungs").asInt()).isEqualTo(3);
      assertThat(all.path("n_penalties").asInt()).isEqualTo(3);
      assertThat(all.path("penalties").findValuesAsText("penalty_txid"))
          .containsExactlyElementsOf(ladder.stream().map(PenaltyReportTest::txid).toList());
      assertThat(all.path("penalties").findValuesAsText("penalty_status"))
          .containsExactly("standby", "standby", "in_mempool");
      assertThat(all.path("penalties").findValuesAsText("verdict")).containsExactly("at_risk");
      assertThat(table("get_appointments", second))
          .contains(", AT RISK, rung 3 of 3, ")
          .contains("  penalty " + txid(ladder.get(0)) + "  standby, ")
          .contains("  penalty " + txid(ladder.get(2)) + "  in mempool, ");

      bitcoind.mine(1);
      Eventually.holds("none at risk", () -> json("get_tower_info").path("n_at_risk").asInt() == 0);
      Eventually.holds(
          "no verdict on a confirmed penalty",
          () -> !json("get_appointments", first).path("appointments").path(0).has("verdict"));
    }
  }
}
