package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Events when the chain changes at the worst moment, or is not the expected one. */
class ChainMonitorTest {

  private final FakeChain chain = new FakeChain();
  private final List<ChainEvent> events = new ArrayList<>();

  private ChainMonitor monitor(List<BlockId> known) {
    return new ChainMonitor(
        new BlockProcessor(chain),
        new NodeStatus(),
        events::add,
        known,
        chain.genesis(),
        Duration.ofSeconds(60),
        null);
  }

  /** Returns a monitor that knows all present blocks of the chain except the genesis block. */
  private ChainMonitor monitor() {
    return monitor(chain.blocks().subList(1, chain.blocks().size()));
  }

  /** Applies the events to {@code start}: the chain from the view of a listener. */
  private List<BlockId> followed(List<BlockId> start) {
    List<BlockId> blocks = new ArrayList<>(start);
    for (ChainEvent event : events) {
      switch (event) {
        case ChainEvent.BlockConnected(ConnectedBlock block, boolean catchingUp) -> {
          assertThat(block.previousHash()).isEqualTo(blocks.getLast().hash());
          assertThat(block.height()).isEqualTo(blocks.getLast().height() + 1);
          blocks.add(block.id());
        }
        case ChainEvent.BlockDisconnected(BlockId block, BlockId parent) -> {
          assertThat(blocks.removeLast()).isEqualTo(block);
          assertThat(blocks.getLast()).isEqualTo(parent);
        }
        case ChainEvent.MempoolSeen seen ->
            throw new AssertionError("a ChainMonitor reports no mempool");
        case ChainEvent.NodeReachable reachable -> {
          // no change of the chain
        }
      }
    }
    return blocks;
  }

  @Test
  void reportsAllBlocksInOrder_andWhetherItIsCatchingUp() throws Exception {
    chain.mine(10, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.mine(1_234, "a");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
    assertThat(monitor.tip()).isEqualTo(chain.tip());
    for (ChainEvent event : events) {
      ChainEvent.BlockConnected connected = (ChainEvent.BlockConnected) event;
      assertThat(connected.catchingUp())
          .isEqualTo(connected.block().height() < chain.tip().height());
    }
  }

  @Test
  void reorgDuringCatchUp_isFollowed() throws Exception {
    for (String method :
        List.of("getblockchaininfo", "getblockhash", "getblock", "getblockheader")) {
      events.clear();
      chain.mine(20, "before " + method);
      List<BlockId> start = chain.blocks();
      ChainMonitor monitor = monitor();
      chain.mine(40, "lost " + method);
      chain.before(
          method,
          () -> {
            chain.drop(30);
            chain.mine(31, "won " + method);
          });
      monitor.catchUp();
      assertThat(followed(start)).isEqualTo(chain.blocks());
    }
  }

  @Test
  void reorgDuringReorg_isFollowed() throws Exception {
    for (String method : List.of("getblockchaininfo", "getblockhash", "getblock")) {
      events.clear();
      chain.mine(30, "base " + method);
      List<BlockId> start = chain.blocks();
      ChainMonitor monitor = monitor();
      chain.drop(10);
      chain.mine(12, "second " + method);
      chain.before(
          method,
          () -> {
            chain.drop(20);
            chain.mine(25, "third " + method);
          });
      monitor.catchUp();
      assertThat(followed(start)).isEqualTo(chain.blocks());
    }
  }

  @Test
  void reorg_isFollowed_ifBitcoindDoesNotKnowTheStaleBranch() throws Exception {
    chain.mine(200, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.drop(144);
    chain.mine(145, "b");
    chain.forgetOthers();
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void reorgBelowTheKnownBlocks_isFollowedByHeaders() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor(List.of(chain.tip()));
    chain.drop(60);
    chain.mine(61, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void knownBlocksBelowAGap_areIgnored() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    List<BlockId> known = new ArrayList<>();
    known.add(new BlockId("00", 3));
    known.addAll(chain.blocks().subList(90, 101));
    ChainMonitor monitor = monitor(known);
    chain.drop(5);
    chain.mine(6, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void chainThatEndsBelowTheTip_isOutOfSync() throws Exception {
    chain.mine(100, "a");
    ChainMonitor monitor = monitor();
    chain.drop(20);
    chain.forgetOthers();
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.OutOfSync.class)
        .hasMessageContaining("block 80 of 100");
    chain.mine(30, "a");
    List<BlockId> start = new ArrayList<>(chain.blocks().subList(0, 101));
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
    assertThat(events).hasSize(10);
  }

  @Test
  void reindexingBitcoind_isOutOfSync() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.initialDownload = true;
    for (int height = 0; height < 100; height++) {
      chain.drop(chain.tip().height());
      chain.mine(height, "a");
      chain.headers = Math.min(100, 2 * height);
      assertThatThrownBy(monitor::catchUp).isInstanceOf(BitcoindException.OutOfSync.class);
    }
    chain.mine(1, "a");
    monitor.catchUp();
    assertThat(events).isEmpty();
    assertThat(chain.blocks()).isEqualTo(start);
  }

  @Test
  void lowerBranchOfSyncingBitcoind_isNotFollowed() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.drop(50);
    chain.mine(10, "b");
    chain.initialDownload = true;
    assertThatThrownBy(monitor::catchUp).isInstanceOf(BitcoindException.OutOfSync.class);
    assertThat(events).isEmpty();
    // As high as the tower's tip, although it still reports an initial download.
    chain.mine(40, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void lowerBranchOfSyncedBitcoind_isFollowed() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.drop(50);
    chain.mine(10, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void invalidatedBlocks_areDisconnected() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.mine(10, "a"); // the monitor does not see these before they are invalidated
    chain.invalidate(30);
    chain.initialDownload = true;
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
    assertThat(monitor.tip().height()).isEqualTo(80);
  }

  @Test
  void headersFarAhead_areOutOfSync() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.mine(5, "a");
    chain.headers = 120;
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.OutOfSync.class)
        .hasMessageContaining("block 105 of 120");
    assertThat(followed(start))
        .isEqualTo(chain.blocks()); // available blocks are reported nevertheless
  }

  @Test
  void anotherChain_isRejected() throws Exception {
    chain.mine(100, "a");
    ChainMonitor monitor = monitor();
    chain.drop(100);
    chain.mine(150, "b");
    chain.forgetOthers();
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.WrongChain.class)
        .hasMessageContaining(chain.tip().hash());
    assertThatThrownBy(monitor::lastCommonAncestor)
        .isInstanceOf(BitcoindException.WrongChain.class);
    assertThat(events).isEmpty();
  }

  @Test
  void anotherNetwork_isRejected() throws Exception {
    chain.mine(100, "a");
    ChainMonitor monitor =
        new ChainMonitor(
            new BlockProcessor(chain),
            new NodeStatus(),
            events::add,
            chain.blocks(),
            "another",
            Duration.ofSeconds(60),
            null);
    chain.drop(1);
    chain.mine(2, "b");
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.WrongNetwork.class)
        .hasMessageContaining("another");
    assertThat(events).isEmpty();
  }

  @Test
  void missingBlocks_arePrunedOrOutOfSync() throws Exception {
    chain.mine(10, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.mine(3, "a");
    chain.fail("getblock", new BitcoindException.Refused(-1, "Block not available (pruned data)"));
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.PrunedPast.class)
        .hasMessageContaining("--forceupdate");
    chain.fail(
        "getblock",
        new BitcoindException.Refused(-1, "Block not available (not fully downloaded)"));
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.OutOfSync.class)
        .hasMessageContaining("not fully downloaded");
    chain.succeed("getblock");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void prefetch_ofLargestBlocks_isBounded() throws Exception {
    chain.mine(10, "a");
    List<BlockId> known = chain.blocks();
    chain.padding = 3_990_000;
    chain.mine(20, "a");
    int[] reported = new int[1];
    ChainMonitor monitor =
        new ChainMonitor(
            new BlockProcessor(chain),
            new NodeStatus(),
            event -> {
              int first = reported[0]++;
              while (first == 0 && chain.fetched() < 6) {
                Thread.onSpinWait(); // wait until the memory budget is used up
              }
              // One more: the block that the monitor waits for is fetched above the budget.
              assertThat(chain.fetched() - first).isLessThanOrEqualTo(7);
            },
            known,
            chain.genesis(),
            Duration.ofSeconds(60),
            null);
    monitor.catchUp();
    assertThat(reported[0]).isEqualTo(20);
  }

  @Test
  void stop_duringCatchUp_endsAfterTheCurrentEvent() throws Exception {
    chain.mine(10, "a");
    List<BlockId> known = chain.blocks();
    ChainMonitor[] monitor = new ChainMonitor[1];
    monitor[0] =
        new ChainMonitor(
            new BlockProcessor(chain),
            new NodeStatus(),
            event -> {
              events.add(event);
              if (events.size() == 50) {
                monitor[0].stop();
              }
            },
            known,
            chain.genesis(),
            Duration.ofSeconds(60),
            null);
    chain.mine(1_000, "a");
    monitor[0].catchUp();
    assertThat(events).hasSize(50);
    assertThat(monitor[0].tip().height()).isEqualTo(60);
  }
}
