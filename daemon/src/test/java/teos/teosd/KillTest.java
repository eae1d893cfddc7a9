package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TestTimeouts;

/**
 * A busy tower is killed (-9) at random moments: while it starts, while it catches up, while users
 * register, send and send anew, while breaches and reorgs come. Each receipt that a user holds is
 * honoured: its penalty is in the chain, or the tower still watches.
 *
 * <p>{@code -Dteos.kills=200} for longer, {@code -Dteos.seed=…} for the same choices again (the
 * moments of the kills are the machine's).
 */
@Tag("bitcoind")
@Tag("soak")
class KillTest {

  private static final int KILLS = Integer.getInteger("teos.kills", 20);
  private static final int KILLS_BETWEEN_CHECKS = 10;
  private static final int USERS_AT_A_TIME = 4;
  private static final int CHANNELS_AT_A_TIME = 200;
  private static final int FEWEST_CHANNELS = 8 * USERS_AT_A_TIME;

  /** New receipts before a busy tower is killed: with a third of the kills, more than all kills. */
  private static final int FEWEST_RECEIPTS = 4;

  private static final int DEEPEST_REORG = 2;
  private static final int MOST_BREACHES_A_BLOCK = 5;
  private static final int LONGEST_BUSY_MILLIS = 150;

  private final long seed = Long.getLong("teos.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<BusyUser> users = new ArrayList<>();
  private final Queue<LightningChannel> channels = new ConcurrentLinkedQueue<>();
  private final Breaches breaches = new Breaches(random, seed);

  @TempDir Path dataDir;
  private int port;
  private long startMillis = 2_000;
  private int duringStart;
  private int blocks;
  private int reorgs;

  @Test
  void nothingThatWasSignedForIsLost() throws Exception {
    System.out.println("seed " + seed + ", kills " + KILLS);
    port = FreePort.find();
    // Blocks of the usual size, and not of Knots' 300 kB: the penalties of a soak fit into one.
    try (Bitcoind bitcoind =
        Bitcoind.start(
            BitcoindOptions.DEFAULT.withArgs("-blockmaxsize=3900000", "-blockmaxweight=3900000"))) {
      bitcoind.mine(120);
      for (int kill = 1; kill <= KILLS; kill++) {
        if (channels.size() < FEWEST_CHANNELS) {
          channels.addAll(LightningChannel.openMany(bitcoind, CHANNELS_AT_A_TIME));
          // The wallet's transactions are not final below the height at which they were made: a
          // reorg
          // of more than one block would lose those that open the channels.
          mine(bitcoind, DEEPEST_REORG);
        }
        happen(bitcoind, random.nextInt(5));
        // One in three is of a busy tower for certain: a short run, too, has promises to keep.
        if (kill % 3 != 1 && random.nextBoolean()) {
          killWhileStarting(bitcoind);
        } else {
          killWhileBusy(bitcoind);
        }
        if (kill % KILLS_BETWEEN_CHECKS == 0 || kill == KILLS) {
          check(bitcoind, kill == KILLS);
          System.out.println("after " + kill + " kills: " + figures());
        }
      }
    }
    assertThat(breaches.answered()).isGreaterThan(KILLS);
  }

  private String figures() {
    return "%,d receipts (%,d of updates) and %,d registrations of %d users, %,d breaches answered;"
            .formatted(
                users.stream().mapToInt(BusyUser::receipts).sum(),
                users.stream().mapToInt(BusyUser::updates).sum(),
                users.stream().mapToInt(BusyUser::registrations).sum(),
                users.size(),
                breaches.answered())
        + " %d kills during the start, %d blocks and %d reorgs; all honoured, seed %d"
            .formatted(duringStart, blocks, reorgs, seed);
  }

  private TowerProcess start(Bitcoind bitcoind) throws Exception {
    return TowerProcess.start(bitcoind, dataDir, port, Map.of());
  }

  private void killWhileStarting(Bitcoind bitcoind) throws Exception {
    try (TowerProcess tower = start(bitcoind)) {
      Thread.sleep(random.nextLong(startMillis + 1));
      tower.kill9();
      duringStart++;
    }
  }

  private void killWhileBusy(Bitcoind bitcoind) throws Exception {
    long begun = System.nanoTime();
    try (TowerProcess tower = start(bitcoind)) {
      tower.awaitReady();
      startMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      List<BusyUser> now = usersOfThisTime();
      CountDownLatch receipts = new CountDownLatch(FEWEST_RECEIPTS);
      now.forEach(user -> user.start(tower.api(), channels, receipts));
      assertThat(receipts.await(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS))
          .as(tower.output())
          .isTrue();
      Thread.sleep(random.nextInt(LONGEST_BUSY_MILLIS));
      happen(bitcoind, random.nextInt(4));
      Thread.sleep(random.nextInt(LONGEST_BUSY_MILLIS));
      tower.kill9();
      for (BusyUser user : now) {
        user.finish();
      }
    }
  }

  /** Those of before, but for one in five, in whose place a new one comes. */
  private List<BusyUser> usersOfThisTime() {
    List<BusyUser> now = new ArrayList<>();
    for (int i = 0; i < USERS_AT_A_TIME; i++) {
      int last = users.size() - USERS_AT_A_TIME + i;
      if (last < 0 || random.nextInt(5) == 0) {
        Dialect dialect = random.nextBoolean() ? Dialect.V1 : Dialect.V2;
        now.add(new BusyUser(dialect, new Random(random.nextLong())));
      } else {
        now.add(users.get(last));
      }
    }
    users.removeAll(now);
    users.addAll(now);
    return now;
  }

  /** Some of what happens in a chain. */
  private void happen(Bitcoind bitcoind, int times) {
    for (int i = 0; i < times; i++) {
      switch (random.nextInt(6)) {
        case 0, 1 -> breach(bitcoind, 1 + random.nextInt(MOST_BREACHES_A_BLOCK));
        case 2 -> {
          breach(bitcoind, 1);
          mine(bitcoind, 1);
        }
        case 3, 4 -> mine(bitcoind, 1);
        default -> reorganize(bitcoind, 1 + random.nextInt(DEEPEST_REORG));
      }
    }
  }

  private void mine(Bitcoind bitcoind, int count) {
    bitcoind.mine(count);
    blocks += count;
  }

  private List<RepeatedAppointment> promises() {
    return users.stream().flatMap(user -> user.promises().stream()).toList();
  }

  private void breach(Bitcoind bitcoind, int most) {
    breaches.mine(bitcoind, promises(), most);
    blocks++;
  }

  /** What was in the blocks that go is in the ones that come. */
  private void reorganize(Bitcoind bitcoind, int depth) {
    int height = bitcoind.height() - depth + 1;
    bitcoind.rpc("invalidateblock", bitcoind.rpc("getblockhash", height).asText());
    // To another address: a block that is the same as one that was declared invalid is refused.
    bitcoind.rpc("generatetoaddress", depth + 1, bitcoind.rpc("getnewaddress").asText());
    blocks += depth + 1;
    reorgs++;
  }

  /** All promises are kept; with {@code all}, there is a breach of each. */
  private void check(Bitcoind bitcoind, boolean all) throws Exception {
    try (TowerProcess tower = start(bitcoind)) {
      tower.awaitReady();
      Set<PublicKey> signers = new HashSet<>();
      for (BusyUser user : users) {
        signers.addAll(user.signers());
        user.assertRemembered(tower.api());
      }
      assertThat(signers).hasSize(1);
      if (all) {
        blocks += breaches.mineAll(bitcoind, promises());
      }
      breaches.assertAnswered(bitcoind, promises(), () -> {});
      blocks++;
    }
  }
}
