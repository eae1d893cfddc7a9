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
import org.junit.jupiter.api.Order;
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
 * A busy tower is killed (SIGKILL) at random moments: during startup, during catch-up, while users
 * register, send and update appointments, during breaches and reorgs. Every receipt that a user
 * holds is honoured: its penalty is in the chain, or the tower still watches.
 *
 * <p>{@code -Dteos.kills=200} runs longer; {@code -Dteos.seed=…} repeats the random choices (the
 * timing of the kills still depends on the machine).
 */
@Tag("bitcoind")
@Tag("soak")
@Order(1)
class KillTest {

  private static final int KILLS = Integer.getInteger("teos.kills", 20);
  private static final int KILLS_BETWEEN_CHECKS = 10;
  private static final int CONCURRENT_USERS = 4;
  private static final int CHANNEL_BATCH_SIZE = 200;
  private static final int MIN_CHANNELS = 8 * CONCURRENT_USERS;

  /**
   * New receipts to wait for before a busy tower is killed. At least every third kill is of a busy
   * tower, so there are more receipts than kills.
   */
  private static final int MIN_RECEIPTS = 4;

  private static final int MAX_REORG_DEPTH = 2;
  private static final int MAX_BREACHES_PER_BLOCK = 5;
  private static final int MAX_BUSY_MILLIS = 150;

  private final long seed = Long.getLong("teos.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<BusyUser> users = new ArrayList<>();
  private final Queue<LightningChannel> channels = new ConcurrentLinkedQueue<>();
  private final Breaches breaches = new Breaches(random, seed);

  @TempDir Path dataDir;
  private int port;
  private long startMillis = 2_000;
  private int killsDuringStart;
  private int blocks;
  private int reorgs;

  @Test
  void honoursEveryReceiptAfterKills() throws Exception {
    System.out.println("seed " + seed + ", kills " + KILLS);
    port = FreePort.find();
    // Raises Knots' default limit of 300 kB, so that all penalties of a soak fit into one block.
    try (Bitcoind bitcoind =
        Bitcoind.start(
            BitcoindOptions.DEFAULT.withArgs("-blockmaxsize=3900000", "-blockmaxweight=3900000"))) {
      bitcoind.mine(120);
      for (int kill = 1; kill <= KILLS; kill++) {
        if (channels.size() < MIN_CHANNELS) {
          channels.addAll(LightningChannel.openMany(bitcoind, CHANNEL_BATCH_SIZE));
          // The wallet sets the current height as lock time: a reorg of more than one block would
          // make the funding transactions non-final and lose them.
          mine(bitcoind, MAX_REORG_DEPTH);
        }
        causeChainEvents(bitcoind, random.nextInt(5));
        // Every third kill is of a busy tower, so that even a short run has receipts to check.
        if (kill % 3 != 1 && random.nextBoolean()) {
          killWhileStarting(bitcoind);
        } else {
          killWhileBusy(bitcoind);
        }
        if (kill % KILLS_BETWEEN_CHECKS == 0 || kill == KILLS) {
          check(bitcoind, kill == KILLS);
          System.out.println("after " + kill + " kills: " + summary());
        }
      }
    }
    assertThat(breaches.answered()).isGreaterThan(KILLS);
  }

  private String summary() {
    return "%,d receipts (%,d of updates) and %,d registrations of %d users, %,d breaches answered;"
            .formatted(
                users.stream().mapToInt(BusyUser::receipts).sum(),
                users.stream().mapToInt(BusyUser::updates).sum(),
                users.stream().mapToInt(BusyUser::registrations).sum(),
                users.size(),
                breaches.answered())
        + " %d kills during the start, %d blocks and %d reorgs; all honoured, seed %d"
            .formatted(killsDuringStart, blocks, reorgs, seed);
  }

  private TowerProcess start(Bitcoind bitcoind) throws Exception {
    return TowerProcess.start(bitcoind, dataDir, port, Map.of());
  }

  private void killWhileStarting(Bitcoind bitcoind) throws Exception {
    try (TowerProcess tower = start(bitcoind)) {
      Thread.sleep(random.nextLong(startMillis + 1));
      tower.kill9();
      killsDuringStart++;
    }
  }

  private void killWhileBusy(Bitcoind bitcoind) throws Exception {
    long startNanos = System.nanoTime();
    try (TowerProcess tower = start(bitcoind)) {
      tower.awaitReady();
      startMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
      List<BusyUser> active = chooseUsers();
      CountDownLatch receipts = new CountDownLatch(MIN_RECEIPTS);
      active.forEach(user -> user.start(tower.api(), channels, receipts));
      assertThat(receipts.await(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS))
          .as(tower.output())
          .isTrue();
      Thread.sleep(random.nextInt(MAX_BUSY_MILLIS));
      causeChainEvents(bitcoind, random.nextInt(4));
      Thread.sleep(random.nextInt(MAX_BUSY_MILLIS));
      tower.kill9();
      for (BusyUser user : active) {
        user.finish();
      }
    }
  }

  /** Returns the users of the previous run, each replaced by a new one with probability 1/5. */
  private List<BusyUser> chooseUsers() {
    List<BusyUser> active = new ArrayList<>();
    for (int i = 0; i < CONCURRENT_USERS; i++) {
      int last = users.size() - CONCURRENT_USERS + i;
      if (last < 0 || random.nextInt(5) == 0) {
        Dialect dialect = random.nextBoolean() ? Dialect.V1 : Dialect.V2;
        active.add(new BusyUser(dialect, new Random(random.nextLong())));
      } else {
        active.add(users.get(last));
      }
    }
    users.removeAll(active);
    users.addAll(active);
    return active;
  }

  /** Causes {@code times} random events: breaches, blocks and reorgs. */
  private void causeChainEvents(Bitcoind bitcoind, int times) {
    for (int i = 0; i < times; i++) {
      switch (random.nextInt(6)) {
        case 0, 1 -> breach(bitcoind, 1 + random.nextInt(MAX_BREACHES_PER_BLOCK));
        case 2 -> {
          breach(bitcoind, 1);
          mine(bitcoind, 1);
        }
        case 3, 4 -> mine(bitcoind, 1);
        default -> reorganize(bitcoind, 1 + random.nextInt(MAX_REORG_DEPTH));
      }
    }
  }

  private void mine(Bitcoind bitcoind, int count) {
    bitcoind.mine(count);
    blocks += count;
  }

  private List<RepeatedAppointment> appointments() {
    return users.stream().flatMap(user -> user.appointments().stream()).toList();
  }

  private void breach(Bitcoind bitcoind, int max) {
    breaches.mine(bitcoind, appointments(), max);
    blocks++;
  }

  /** Replaces the last {@code depth} blocks by a branch with the same transactions. */
  private void reorganize(Bitcoind bitcoind, int depth) {
    int height = bitcoind.height() - depth + 1;
    bitcoind.rpc("invalidateblock", bitcoind.rpc("getblockhash", height).asText());
    // A new address, because bitcoind rejects a block identical to an invalidated one.
    bitcoind.rpc("generatetoaddress", depth + 1, bitcoind.rpc("getnewaddress").asText());
    blocks += depth + 1;
    reorgs++;
  }

  /** Checks that every receipt is honoured; with {@code all}, breaches every channel first. */
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
        blocks += breaches.mineAll(bitcoind, appointments());
      }
      breaches.assertAnswered(bitcoind, appointments(), () -> {});
      blocks++;
    }
  }
}
