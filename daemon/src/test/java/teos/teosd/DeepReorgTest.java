package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * Reorgs of up to 144 blocks: while the tower watches, while it is off, and with a bitcoind that
 * has never seen the disconnected blocks. The new branch has a breach, to which the tower responds.
 */
@Tag("bitcoind")
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class DeepReorgTest {

  private static final int FEE_RATE = 10;

  @TempDir Path dataDir;

  private RunningTower tower(Bitcoind node) throws Exception {
    return RunningTower.start(node, dataDir, Map.of());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static LightningChannel promised(RunningTower tower, Bitcoind node) throws Exception {
    LightningChannel channel = LightningChannel.open(node);
    TowerUser user = tower.registered(Dialect.V2);
    user.sendForReceipt(user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
    return channel;
  }

  private static void awaitTip(RunningTower tower, Bitcoind node) throws Exception {
    String tip = node.bestBlockHash();
    Eventually.holds(
        "at " + tip, () -> tower.daemon().components().lastKnownBlock().hash().equals(tip));
  }

  /** Disconnects the last blocks of the chain, and mines a longer branch with the breach. */
  private static void reorg(Bitcoind node, int depth, LightningChannel channel) {
    String first = node.rpc("getblockhash", node.height() - depth + 1).asText();
    node.rpc("invalidateblock", first);
    // To another address, because the new blocks could otherwise equal the invalid ones.
    String address = node.rpc("getnewaddress").asText();
    for (int i = 0; i <= depth; i++) {
      List<String> transactions = i == depth / 2 ? List.of(hex(channel.commitment())) : List.of();
      node.rpc("generateblock", address, transactions);
    }
  }

  private static void awaitPenalty(Bitcoind node, LightningChannel channel) throws Exception {
    String penalty = channel.penaltyTxid(FEE_RATE).toString();
    Eventually.holds("penalty in the mempool", () -> node.mempool().contains(penalty));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 7, 100, 144})
  void followsReorgWhileWatching(int depth) throws Exception {
    try (Bitcoind node = Bitcoind.start()) {
      node.mine(120);
      try (RunningTower tower = tower(node)) {
        LightningChannel channel = promised(tower, node);
        node.mine(depth);
        awaitTip(tower, node);
        reorg(node, depth, channel);
        awaitTip(tower, node);
        awaitPenalty(node, channel);
        assertThat(tower.daemon().chainMonitor().tip().height()).isEqualTo(node.height());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 7, 100, 144})
  void followsReorgAfterARestart(int depth) throws Exception {
    try (Bitcoind node = Bitcoind.start()) {
      node.mine(120);
      LightningChannel channel;
      try (RunningTower tower = tower(node)) {
        channel = promised(tower, node);
        node.mine(depth);
        awaitTip(tower, node);
      }
      reorg(node, depth, channel);
      try (RunningTower tower = tower(node)) {
        awaitTip(tower, node);
        awaitPenalty(node, channel);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 144})
  void followsReorgWithABitcoindThatHasNotSeenTheOldBranch(int depth) throws Exception {
    BitcoindOptions listening = BitcoindOptions.DEFAULT.withListening();
    try (Bitcoind first = Bitcoind.start(listening);
        Bitcoind second = Bitcoind.start(BitcoindOptions.DEFAULT)) {
      first.mine(120);
      LightningChannel channel;
      try (RunningTower tower = tower(first)) {
        channel = promised(tower, first);
        awaitTip(tower, first);
        second.connectTo(first);
        String common = first.bestBlockHash();
        Eventually.holds("both at the fork", () -> second.bestBlockHash().equals(common));
        second.setNetworkActive(false);
        first.mine(depth);
        awaitTip(tower, first);
      }
      for (int i = 0; i < depth; i++) {
        second.mineBlockWith(List.of());
      }
      second.mineBlockWith(List.of(hex(channel.commitment())));
      try (RunningTower tower = tower(second)) {
        awaitTip(tower, second);
        awaitPenalty(second, channel);
      }
    }
  }

  @Test
  void followsReorgToAShorterChain() throws Exception {
    try (Bitcoind node = Bitcoind.start()) {
      node.mine(140);
      try (RunningTower tower = tower(node)) {
        node.rpc("invalidateblock", node.rpc("getblockhash", 121).asText());
        assertThat(node.height()).isEqualTo(120);
        tower.daemon().chainMonitor().wake();
        awaitTip(tower, node);
        assertThat(tower.user(Dialect.V1).register().status()).isEqualTo(200);
      }
    }
  }
}
