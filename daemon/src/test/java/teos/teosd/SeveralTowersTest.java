package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.teosd.process.ExitCode;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.LightningChannel;
import teos.testkit.PostgresServer;

/**
 * Two towers and two front ends on one PostgreSQL server, any of which is killed (-9) at random
 * moments, or halted for so long that another takes its place; users register and send at all of
 * them, breaches come. Each receipt that a user holds is honoured.
 *
 * <p>{@code -Dteos.kills=50} for longer, {@code -Dteos.seed=…} for the same choices again (the
 * moments are the machine's).
 */
@Tag("bitcoind")
@Tag("postgres")
class SeveralTowersTest {

  private static final int KILLS = Integer.getInteger("teos.kills", 4);
  private static final int KILLS_BETWEEN_CHECKS = 10;
  private static final int USERS = 4;
  private static final int CHANNELS_AT_A_TIME = 200;
  private static final int FEWEST_CHANNELS = 60;
  private static final int MOST_BREACHES_A_BLOCK = 3;
  private static final int LONGEST_BUSY_MILLIS = 1_000;

  private final long seed = Long.getLong("teos.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Queue<LightningChannel> channels = new ConcurrentLinkedQueue<>();
  private final List<RoamingUser> users = new ArrayList<>();
  private final Breaches breaches = new Breaches(random, seed);
  private final List<Long> takeovers = new ArrayList<>();

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // the test starts it
  private Bitcoind bitcoind;

  @SuppressWarnings("NullAway.Init") // the test starts it
  private PostgresServer server;

  private List<Member> towers = List.of();
  private List<Member> frontEnds = List.of();

  @Test
  void nothingThatWasSignedForIsLost() throws Exception {
    System.out.println("seed " + seed + ", kills " + KILLS);
    try (Bitcoind node =
            Bitcoind.start(
                BitcoindOptions.DEFAULT.withArgs(
                    "-blockmaxsize=3900000", "-blockmaxweight=3900000"));
        PostgresServer postgres = PostgresServer.start()) {
      bitcoind = node;
      server = postgres;
      bitcoind.mine(120);
      try {
        startAll();
        for (int kill = 1; kill <= KILLS; kill++) {
          refill();
          busy();
          // The first two are of the one that watches: a short run has what it is about.
          strike(kill <= 2 ? kill : 1 + random.nextInt(6));
          reviveAll();
          if (kill % KILLS_BETWEEN_CHECKS == 0) {
            assertAnswered();
            System.out.println("after " + kill + " kills: " + figures());
          }
        }
        end();
        System.out.println(figures());
      } finally {
        for (Member member : all().toList()) {
          member.close();
        }
      }
    }
    assertThat(breaches.answered()).isGreaterThan(KILLS);
  }

  private String figures() {
    return "%,d receipts, %,d refusals, %,d breaches answered; takeovers (ms) %s; seed %d"
        .formatted(
            users.stream().mapToInt(RoamingUser::receipts).sum(),
            users.stream().mapToInt(RoamingUser::refusals).sum(),
            breaches.answered(),
            takeovers,
            seed);
  }

  private Stream<Member> all() {
    return Stream.concat(towers.stream(), frontEnds.stream());
  }

  private void startAll() throws Exception {
    String url = server.url("teos");
    Member first = Member.tower(bitcoind, folder.resolve("a"), url);
    Member second = Member.tower(bitcoind, folder.resolve("b"), url);
    towers = List.of(first, second);
    frontEnds =
        List.of(
            Member.frontEnd(folder.resolve("c"), url), Member.frontEnd(folder.resolve("d"), url));
    first.start().process().awaitReady();
    second.withKeyOf(first).start();
    for (Member frontEnd : frontEnds) {
      frontEnd.withKeyOf(first).start().process().awaitReady();
    }
    channels.addAll(LightningChannel.openMany(bitcoind, CHANNELS_AT_A_TIME));
    List<URI> doors = all().map(Member::api).toList();
    for (int i = 0; i < USERS; i++) {
      Dialect dialect = i % 2 == 0 ? Dialect.V1 : Dialect.V2;
      users.add(new RoamingUser(dialect, doors, channels, new Random(random.nextLong())));
    }
  }

  private void refill() {
    if (channels.size() < FEWEST_CHANNELS) {
      channels.addAll(LightningChannel.openMany(bitcoind, CHANNELS_AT_A_TIME));
    }
  }

  private void busy() throws Exception {
    for (int i = random.nextInt(3); i >= 0; i--) {
      Thread.sleep(random.nextInt(LONGEST_BUSY_MILLIS));
      breach(random.nextInt(MOST_BREACHES_A_BLOCK + 1));
    }
  }

  private void strike(int what) throws Exception {
    switch (what) {
      case 1 -> killWatching();
      case 2 -> haltWatching();
      case 3 -> towers.get(random.nextInt(2)).process().kill9();
      case 4, 5 -> frontEnds.get(random.nextInt(2)).process().kill9();
      default -> {
        server.kill();
        Thread.sleep(random.nextInt(LONGEST_BUSY_MILLIS));
        server.restart();
      }
    }
    breach(1);
  }

  /** A service manager does so after a second or so; each has to be alive for the next strike. */
  private void reviveAll() throws Exception {
    for (Member member : all().toList()) {
      member.revive();
    }
  }

  private Member watching() throws Exception {
    List<Member> found = new ArrayList<>();
    Eventually.holds(
        "a tower that watches",
        () -> {
          reviveAll();
          String holder =
              server.query("teos", "SELECT holder FROM lease WHERE expires > CURRENT_TIMESTAMP");
          for (Member tower : towers) {
            // The lease of one that was killed is valid for a while, and its process a new one.
            if (tower.isCalled(holder) && tower.process().output().contains("tower ready")) {
              found.add(tower);
            }
          }
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  private Member other(Member tower) {
    return towers.get(0) == tower ? towers.get(1) : towers.get(0);
  }

  private void killWatching() throws Exception {
    Member killed = watching();
    awaitStandingBy(other(killed));
    killed.process().kill9();
    awaitTakeover(other(killed));
  }

  /** A tower that wakes up after another has taken over must not write a thing. */
  private void haltWatching() throws Exception {
    Member halted = watching();
    awaitStandingBy(other(halted));
    halted.process().signal("STOP");
    awaitTakeover(other(halted));
    halted.process().signal("CONT");
    assertThat(halted.process().awaitExit())
        .as(halted.process().output())
        .isEqualTo(ExitCode.LEASE_LOST.code());
  }

  private static void awaitStandingBy(Member tower) throws Exception {
    Eventually.holds(
        "a tower that stands by", () -> tower.process().output().contains("standing by leader="));
  }

  /** Until it has dealt with a block that came after the other's end. */
  private void awaitTakeover(Member tower) throws Exception {
    long begun = System.nanoTime();
    breach(MOST_BREACHES_A_BLOCK);
    String tip = Integer.toString(bitcoind.height());
    Eventually.holds(
        "another tower at block " + tip + ", seed " + seed,
        () ->
            server.query("teos", "SELECT MAX(height) FROM known_blocks").equals(tip)
                && tower.isCalled(server.query("teos", "SELECT holder FROM lease")));
    takeovers.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
  }

  private List<RepeatedAppointment> promises() {
    return users.stream().flatMap(user -> user.promises().stream()).toList();
  }

  private void breach(int most) {
    breaches.mine(bitcoind, promises(), most);
  }

  private void end() throws Exception {
    Set<PublicKey> signers = new HashSet<>();
    for (RoamingUser user : users) {
      user.finish();
      signers.addAll(user.signers());
    }
    assertThat(signers).hasSize(1);
    watching();
    for (Member frontEnd : frontEnds) {
      frontEnd.process().awaitReady();
    }
    for (RoamingUser user : users) {
      user.assertWatched(frontEnds.getFirst().api());
    }
    breaches.mineAll(bitcoind, promises());
    assertAnswered();
  }

  private void assertAnswered() throws Exception {
    breaches.assertAnswered(bitcoind, promises(), this::reviveAll);
  }
}
