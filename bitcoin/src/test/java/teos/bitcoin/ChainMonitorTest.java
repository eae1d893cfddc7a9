package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What of a chain is told, when it changes at the worst moment or is not the one it should be. */
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

  /** With all that the chain has now, but its first block, as known. */
  private ChainMonitor monitor() {
    return monitor(chain.blocks().subList(1, chain.blocks().size()));
  }

  /** What a listener that begins at {@code start} holds to be the chain now. */
  private List<BlockId> followed(List<BlockId> start) {
    List<BlockId> blocks = new ArrayList<>(start);
    for (ChainEvent event : events) {
      switch (event) {
        case ChainEvent.BlockConnected(ConnectedBlock block, boolean more) -> {
          assertThat(block.previousHash()).isEqualTo(blocks.getLast().hash());
          assertThat(block.height()).isEqualTo(blocks.getLast().height() + 1);
          blocks.add(block.id());
        }
        case ChainEvent.BlockDisconnected(BlockId block, BlockId parent) -> {
          assertThat(blocks.removeLast()).isEqualTo(block);
          assertThat(blocks.getLast()).isEqualTo(parent);
        }
        case ChainEvent.MempoolSeen seen -> throw new AssertionError("not the mempool's monitor");
        case ChainEvent.NodeReachable reachable -> {
          // nothing of a block
        }
      }
    }
    return blocks;
  }

  @Test
  void allBlocksAreToldInOrderAndWhetherThereAreMore() throws Exception {
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
  void theChainChangesWhileItIsCaughtUpWith() throws Exception {
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
  void theChainChangesAgainInTheMiddleOfAReorg() throws Exception {
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
  void aReorgNeedsNothingOfWhatWasLost() throws Exception {
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
  void aReorgUnderAllThatIsKnownIsFollowedByHeaders() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor(List.of(chain.tip()));
    chain.drop(60);
    chain.mine(61, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void whatIsUnderAGapIsNotKnown() throws Exception {
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
  void aChainThatEndsEarlierIsBehind() throws Exception {
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
  void aChainThatIsBuiltAnewIsBehind() throws Exception {
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
  void aLowerBranchOfABitcoindThatIsSyncingIsNotFollowed() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.drop(50);
    chain.mine(10, "b");
    chain.initialDownload = true;
    assertThatThrownBy(monitor::catchUp).isInstanceOf(BitcoindException.OutOfSync.class);
    assertThat(events).isEmpty();
    // As high as the tower is, though nobody has mined today.
    chain.mine(40, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void aLowerBranchOfASyncedBitcoindIsFollowed() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.drop(50);
    chain.mine(10, "b");
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
  }

  @Test
  void blocksThatAreDeclaredInvalidLeaveTheChain() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.mine(10, "a"); // the tower is not told of these before they are gone
    chain.invalidate(30);
    chain.initialDownload = true;
    monitor.catchUp();
    assertThat(followed(start)).isEqualTo(chain.blocks());
    assertThat(monitor.tip().height()).isEqualTo(80);
  }

  @Test
  void headersThatLeadFarAheadMeanOutOfSync() throws Exception {
    chain.mine(100, "a");
    List<BlockId> start = chain.blocks();
    ChainMonitor monitor = monitor();
    chain.mine(5, "a");
    chain.headers = 120;
    assertThatThrownBy(monitor::catchUp)
        .isInstanceOf(BitcoindException.OutOfSync.class)
        .hasMessageContaining("block 105 of 120");
    assertThat(followed(start)).isEqualTo(chain.blocks()); // and yet what is there is told
  }

  @Test
  void anotherChainIsRefused() throws Exception {
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
  void anotherNetworkIsRefused() throws Exception {
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
  void blocksThatAreNotThereAreToldOfByWhatTheyLack() throws Exception {
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
  void fewOfTheLargestBlocksAreInMemoryAtATime() throws Exception {
    chain.mine(10, "a");
    List<BlockId> known = chain.blocks();
    chain.padding = 3_990_000;
    chain.mine(20, "a");
    int[] told = new int[1];
    ChainMonitor monitor =
        new ChainMonitor(
            new BlockProcessor(chain),
            new NodeStatus(),
            event -> {
              int first = told[0]++;
              while (first == 0 && chain.fetched() < 6) {
                Thread.onSpinWait(); // as many as there may be are fetched while this one is here
              }
              // One more than that: what is waited for is fetched even if the others came first.
              assertThat(chain.fetched() - first).isLessThanOrEqualTo(7);
            },
            known,
            chain.genesis(),
            Duration.ofSeconds(60),
            null);
    monitor.catchUp();
    assertThat(told[0]).isEqualTo(20);
  }

  @Test
  void itStopsInTheMiddle() throws Exception {
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
