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
 * Two towers and two front ends on one PostgreSQL server. At random moments one of them or the
 * server is killed (SIGKILL), or a tower is stopped (SIGSTOP) for so long that the other takes
 * over, while users send to all of them and breaches occur. Every receipt that a user holds is
 * honoured.
 *
 * <p>{@code -Dteos.kills=50} runs longer; {@code -Dteos.seed=…} repeats the random choices (the
 * timing still depends on the machine).
 */
@Tag("bitcoind")
@Tag("postgres")
class SeveralTowersTest {

  private static final int KILLS = Integer.getInteger("teos.kills", 4);
  private static final int KILLS_BETWEEN_CHECKS = 10;
  private static final int USERS = 4;
  private static final int CHANNEL_BATCH_SIZE = 200;
  private static final int MIN_CHANNELS = 60;
  private static final int MAX_BREACHES_PER_BLOCK = 3;
  private static final int MAX_BUSY_MILLIS = 1_000;

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
  void honoursEveryReceiptAfterKills() throws Exception {
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
          refillChannels();
          breachAtRandomMoments();
          // The first two faults hit the leader, so that even a short run covers both takeovers.
          injectFault(kill <= 2 ? kill : 1 + random.nextInt(6));
          restartEnded();
          if (kill % KILLS_BETWEEN_CHECKS == 0) {
            assertAnswered();
            System.out.println("after " + kill + " kills: " + summary());
          }
        }
        finishAndCheck();
        System.out.println(summary());
      } finally {
        for (Member member : all().toList()) {
          member.close();
        }
      }
    }
    assertThat(breaches.answered()).isGreaterThan(KILLS);
  }

  private String summary() {
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
    channels.addAll(LightningChannel.openMany(bitcoind, CHANNEL_BATCH_SIZE));
    List<URI> endpoints = all().map(Member::api).toList();
    for (int i = 0; i < USERS; i++) {
      Dialect dialect = i % 2 == 0 ? Dialect.V1 : Dialect.V2;
      users.add(new RoamingUser(dialect, endpoints, channels, new Random(random.nextLong())));
    }
  }

  private void refillChannels() {
    if (channels.size() < MIN_CHANNELS) {
      channels.addAll(LightningChannel.openMany(bitcoind, CHANNEL_BATCH_SIZE));
    }
  }

  private void breachAtRandomMoments() throws Exception {
    for (int i = random.nextInt(3); i >= 0; i--) {
      Thread.sleep(random.nextInt(MAX_BUSY_MILLIS));
      breach(random.nextInt(MAX_BREACHES_PER_BLOCK + 1));
    }
  }

  private void injectFault(int kind) throws Exception {
    switch (kind) {
      case 1 -> killLeader();
      case 2 -> pauseLeader();
      case 3 -> towers.get(random.nextInt(2)).process().kill9();
      case 4, 5 -> frontEnds.get(random.nextInt(2)).process().kill9();
      default -> {
        server.kill();
        Thread.sleep(random.nextInt(MAX_BUSY_MILLIS));
        server.restart();
      }
    }
    breach(1);
  }

  /**
   * Restarts ended processes, as a service manager would, so that the next fault finds all running.
   */
  private void restartEnded() throws Exception {
    for (Member member : all().toList()) {
      member.restartIfEnded();
    }
  }

  private Member awaitLeader() throws Exception {
    List<Member> found = new ArrayList<>();
    Eventually.holds(
        "a tower is the leader",
        () -> {
          restartEnded();
          String holder =
              server.query("teos", "SELECT holder FROM lease WHERE expires > CURRENT_TIMESTAMP");
          for (Member tower : towers) {
            // A killed tower's lease stays valid for a while after its process was replaced.
            if (tower.isHolder(holder) && tower.process().output().contains("tower ready")) {
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

  private void killLeader() throws Exception {
    Member killed = awaitLeader();
    awaitStandby(other(killed));
    killed.process().kill9();
    awaitTakeover(other(killed));
  }

  /** Pauses the leader until another tower takes over; it must then write nothing and exit. */
  private void pauseLeader() throws Exception {
    Member paused = awaitLeader();
    awaitStandby(other(paused));
    paused.process().signal("STOP");
    awaitTakeover(other(paused));
    paused.process().signal("CONT");
    assertThat(paused.process().awaitExit())
        .as(paused.process().output())
        .isEqualTo(ExitCode.LEASE_LOST.code());
  }

  private static void awaitStandby(Member tower) throws Exception {
    Eventually.holds(
        "standby tower", () -> tower.process().output().contains("standing by leader="));
  }

  /**
   * Waits until {@code tower} has processed a block that was mined after the other tower failed.
   */
  private void awaitTakeover(Member tower) throws Exception {
    long startNanos = System.nanoTime();
    breach(MAX_BREACHES_PER_BLOCK);
    String tip = Integer.toString(bitcoind.height());
    Eventually.holds(
        "another tower at block " + tip + ", seed " + seed,
        () ->
            server.query("teos", "SELECT MAX(height) FROM known_blocks").equals(tip)
                && tower.isHolder(server.query("teos", "SELECT holder FROM lease")));
    takeovers.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
  }

  private List<RepeatedAppointment> appointments() {
    return users.stream().flatMap(user -> user.appointments().stream()).toList();
  }

  private void breach(int max) {
    breaches.mine(bitcoind, appointments(), max);
  }

  private void finishAndCheck() throws Exception {
    Set<PublicKey> signers = new HashSet<>();
    for (RoamingUser user : users) {
      user.finish();
      signers.addAll(user.signers());
    }
    assertThat(signers).hasSize(1);
    awaitLeader();
    for (Member frontEnd : frontEnds) {
      frontEnd.process().awaitReady();
    }
    for (RoamingUser user : users) {
      user.assertWatched(frontEnds.getFirst().api());
    }
    breaches.mineAll(bitcoind, appointments());
    assertAnswered();
  }

  private void assertAnswered() throws Exception {
    breaches.assertAnswered(bitcoind, appointments(), this::restartEnded);
  }
}
