package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** The client for LDK nodes in {@code interop/ldk}. Its appointments have a to_self_delay of 0. */
@Tag("bitcoind")
@Tag("ldk")
@EnabledIfSystemProperty(
    named = "teos.test.ldk",
    matches = "true",
    disabledReason = "needs crates.io")
class LdkInteropTest {

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path folder;

  @Test
  void queuedPenaltyGetsReceiptAndConfirmsAfterTheBreach() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    HexFormat hex = HexFormat.of();
    try (RunningTower tower = RunningTower.start(bitcoind, folder.resolve("tower"), Map.of())) {
      List<String> command =
          List.of(
              PythonClient.root().resolve("scripts/ldk-program").toString(),
              "send",
              tower.api().toString(),
              tower.id().toHex(),
              folder.resolve("client").toString(),
              channel.commitmentTxid().toString(),
              hex.formatHex(channel.penalty(10)));
      assertThat(PythonClient.exitCodeAndOutput(folder, command))
          .startsWith("0\n")
          .contains("bundles: true")
          .contains("all as it should be");

      bitcoind.mineBlockWith(List.of(hex.formatHex(channel.commitment())));
      Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().size() == 1);
      bitcoind.mine(1);
      assertThat(bitcoind.mempool()).isEmpty();
    }
  }
}
