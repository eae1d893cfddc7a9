package teos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks with a real bitcoind that the transactions of the testkit are valid. */
@Tag("bitcoind")
class LightningChannelTest {

  private static Bitcoind bitcoind;

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Bitcoind.start();
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  @Test
  void bitcoindAcceptsCommitmentAndPenaltyAndRejectsWrongSignature() {
    LightningChannel channel = LightningChannel.open(bitcoind);
    String commitment = hex(channel.commitment());
    String penalty = hex(channel.penalty(10));

    assertThatThrownBy(() -> bitcoind.rpc("sendrawtransaction", penalty))
        .isInstanceOf(BitcoindRpcException.class);
    assertThat(bitcoind.rpc("sendrawtransaction", commitment).asText())
        .isEqualTo(channel.commitmentTxid().toString());
    assertThatThrownBy(
            () -> bitcoind.rpc("sendrawtransaction", hex(channel.wronglySignedPenalty())))
        .isInstanceOf(BitcoindRpcException.class)
        .hasMessageContaining("script");
    bitcoind.mine(1);
    assertThat(bitcoind.rpc("sendrawtransaction", penalty).asText())
        .isEqualTo(channel.penaltyTxid(10).toString());
    bitcoind.mine(1);
    assertThat(bitcoind.mempool()).isEmpty();
  }

  @Test
  void openMany_opensDistinctChannels() {
    assertThat(LightningChannel.openMany(bitcoind, 30))
        .hasSize(30)
        .extracting(channel -> channel.commitmentTxid().toString())
        .doesNotHaveDuplicates();
  }

  @Test
  void restartKeepsTheChain() throws Exception {
    bitcoind.mine(3);
    int height = bitcoind.height();
    bitcoind.stop();
    bitcoind.restart();
    assertThat(bitcoind.height()).isEqualTo(height);
    bitcoind.mine(1);
    assertThat(bitcoind.height()).isEqualTo(height + 1);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
