package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.NodeStatus;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.testkit.TestTimeouts;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.OpenDatabase;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/**
 * Which blocks are searched again for conflicting spends, with a bitcoind that refuses penalties.
 */
class LookBackTest {

  private static final int TIP = 1_000;
  private static final int PRUNE_HEIGHT = 700;

  private final PublicKey user = SecretKey.generate(new SecureRandom()).publicKey();
  private final TrackersDBM trackers = new TrackersDBM();
  private final Node node = new Node();
  @OpenDatabase private Database database;
  private AppointmentsDBM appointments;
  private int stored;

  /** A pruned bitcoind that refuses all penalties. */
  private static final class Node implements BitcoindRpc {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final Map<String, Integer> HEIGHTS = new ConcurrentHashMap<>();

    /** Heights of requested blocks. */
    final List<Integer> blocks = new CopyOnWriteArrayList<>();

    volatile @Nullable CountDownLatch gate;

    @Override
    public String endpoint() {
      return "test";
    }

    @Override
    public JsonNode call(String method, Object... params) throws BitcoindException {
      return switch (method) {
        case "uptime" -> JSON.numberNode(1_000);
        case "getblockhash" -> JSON.textNode(hash((int) params[0]));
        case "getblockchaininfo" ->
            JSON.objectNode()
                .put("chain", "regtest")
                .put("blocks", TIP)
                .put("headers", TIP)
                .put("bestblockhash", hash(TIP))
                .put("pruned", true)
                .put("pruneheight", PRUNE_HEIGHT);
        case "gettxspendingprevout" -> JSON.arrayNode();
        case "getmempoolinfo" -> JSON.objectNode().put("mempoolminfee", 0.1);
        case "getmempoolentry" -> throw new BitcoindException.Refused(-5, "not in mempool");
        case "sendrawtransaction" -> throw new BitcoindException.Refused(-26, "dust");
        default -> throw new BitcoindException.Refused(-32601, "Method not found: " + method);
      };
    }

    @Override
    public byte[] callForBytes(String method, Object... params) throws BitcoindException {
      int height = Objects.requireNonNull(HEIGHTS.get((String) params[0]));
      blocks.add(height);
      CountDownLatch latch = gate;
      if (latch != null) {
        try {
          latch.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      if (height < PRUNE_HEIGHT) {
        throw new BitcoindException.Refused(-1, "Block not available (pruned data)");
      }
      return block(height);
    }

    static String hash(int height) {
      byte[] once = sha256(header(height));
      String hash = HexFormat.of().formatHex(reversed(sha256(once)));
      HEIGHTS.put(hash, height);
      return hash;
    }

    private static byte[] header(int height) {
      return ByteBuffer.allocate(80).putInt(height).array();
    }

    private static byte[] sha256(byte[] bytes) {
      try {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    private static byte[] reversed(byte[] bytes) {
      byte[] reversed = new byte[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        reversed[i] = bytes[bytes.length - 1 - i];
      }
      return reversed;
    }

    /** Returns a block with one transaction. */
    private static byte[] block(int height) {
      return ByteBuffer.allocate(80 + 1 + TestStore.TRANSACTION.length)
          .put(header(height))
          .put((byte) 1)
          .put(TestStore.TRANSACTION)
          .array();
    }
  }

  @BeforeEach
  void open() {
    appointments = new AppointmentsDBM(database);
    database.execute(
        handle -> {
          new KnownBlocksDBM().store(handle, List.of(new BlockId(Node.hash(TIP), TIP)));
        });
  }

  private void track(int disputeHeight, PenaltyStatus status) {
    stored++;
    Tracker tracker =
        new Tracker(
            Locator.fromHex("%032x".formatted(stored)),
            user,
            1,
            Txid.ofInternal(new byte[32]),
            OptionalInt.of(disputeHeight),
            Penalty.plain(Txid.ofInternal(new byte[32])),
            status);
    database.write(handle -> TestStore.storeTracker(handle, tracker));
  }

  private Responder responder() {
    Gatekeeper gatekeeper =
        new Gatekeeper(
            database,
            new UsersDBM(),
            appointments,
            trackers,
            new Capacity(database, 1_000_000),
            new SubscriptionTerms(100, 1_000, 6),
            TIP);
    return new Responder(
        database,
        appointments,
        trackers,
        gatekeeper,
        new Carrier(node, new NodeStatus()),
        new BlockProcessor(node),
        InstantSource.system());
  }

  private void runOnce() throws InterruptedException {
    Responder responder = responder();
    responder.start();
    responder.awaitIdle();
    responder.stop();
  }

  private long refused() {
    return database.read(
        handle ->
            new TrackerSearchDBM()
                .unsettled(handle, Optional.empty(), 1_000).stream()
                    .filter(tracker -> tracker.status() instanceof PenaltyStatus.Refused)
                    .count());
  }

  @Test
  @Timeout(TestTimeouts.TEST_SECONDS)
  void prunedBlock_doesNotKeepOthersFromBeingSearched() throws Exception {
    track(600, new Pending(TIP));
    track(TIP - 5, new Pending(TIP));
    runOnce();
    assertThat(node.blocks).contains(TIP - 5, TIP - 4, TIP - 3, TIP - 2, TIP - 1, TIP);
  }

  @Test
  @Timeout(TestTimeouts.TEST_SECONDS)
  void evictedPenalties_causeNoSearch() throws Exception {
    for (int height = 710; height < TIP - 100; height += 15) {
      track(height, new InMempool(height));
    }
    runOnce();
    assertThat(refused()).as("refused").isGreaterThan(10);
    assertThat(node.blocks).isEmpty();
    runOnce();
    assertThat(node.blocks).as("after a restart").isEmpty();
  }

  @Test
  @Timeout(TestTimeouts.TEST_SECONDS)
  void stop_endsTheSearch() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    node.gate = gate;
    track(TIP - 5, new Pending(TIP));
    Responder responder = responder();
    responder.start();
    while (node.blocks.isEmpty()) {
      Thread.sleep(5);
    }
    Thread stop =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    responder.stop();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    while (!stop.getState().equals(Thread.State.WAITING)) {
      Thread.sleep(5);
    }
    gate.countDown();
    assertThat(stop.join(TestTimeouts.EVENT)).isTrue();
    assertThat(node.blocks).hasSize(1);
  }
}
