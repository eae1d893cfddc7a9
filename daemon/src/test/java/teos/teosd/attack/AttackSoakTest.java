package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;

/**
 * All attacks at once, while honest users of both dialects register, send appointments and are
 * breached. Every penalty is broadcast, every honest request is answered, and the tower never
 * crashes. It is restarted in the middle and at the end.
 *
 * <p>{@code -Dteos.attack.minutes=30} runs longer, {@code
 * -Dteos.attack.only=SlowBodies,GarbageBlobs} selects attacks; heap and resident memory are plotted
 * in {@code target/attack-soak.svg}.
 */
@Tag("bitcoind")
@Tag("soak")
@Order(1)
class AttackSoakTest {

  private static final Duration DURATION =
      Integer.getInteger("teos.attack.minutes") == null
          ? Duration.ofSeconds(10)
          : Duration.ofMinutes(Integer.getInteger("teos.attack.minutes"));
  private static final Set<String> ONLY =
      Set.of(System.getProperty("teos.attack.only", "").split(",")).stream()
          .filter(name -> !name.isEmpty())
          .collect(Collectors.toSet());
  private static final Path CHARTS = Path.of("target/attack-soak.svg");
  private static final int CHANNELS = 100;

  @TempDir Path dataDir;

  private final int webPort = FreePort.find();
  private final int lndPort = FreePort.find();
  private final List<Victim> victims = new ArrayList<>();
  private int rounds;
  private int penalties;

  AttackSoakTest() throws Exception {}

  @Test
  void survivesAllAttacksAtOnce() throws Exception {
    try (Bitcoind bitcoind = Bitcoind.start(AttackedTower.BITCOIND)) {
      bitcoind.mine(120);
      Map<String, String> settings =
          Map.of(
              "web_port", Integer.toString(webPort),
              "lnd_support", "",
              "lnd_port", Integer.toString(lndPort));
      try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, settings)) {
        for (Dialect dialect : Dialect.values()) {
          victims.add(new Victim(tower, dialect, CHANNELS));
        }
        run(tower);
      }
    }
  }

  private void run(AttackedTower tower) throws Exception {
    SoakSamples samples = new SoakSamples(tower, webPort);
    List<Attack> continuous =
        chosen(
            Map.of(
                "LongSubscription", () -> new LongSubscription(tower, 200_000, 2),
                "RecentLocators", () -> new RecentLocators(tower, 30, 3_000),
                "LndLockOut", () -> new LndLockOut(lndPort, 1_200),
                "SlowBodies", () -> new SlowBodies(tower, 1_500, 8_000),
                "RegistrationFlood", () -> new RegistrationFlood(tower, 2)));
    List<Attack> waves =
        chosen(
            Map.of(
                "LargePenalties", () -> new LargePenalties(tower, 10, 4),
                "LogFlood",
                    () -> new LogFlood(List.of(tower.api().getPort(), lndPort, webPort), 20),
                "RefusedPenalties", () -> new RefusedPenalties(tower, 100),
                "GarbageBlobs",
                    () -> new GarbageBlobs(tower, this::nextVictimLocator, 40, 400_000)));
    Repeated sampling =
        new Repeated(
            1,
            () -> {
              samples.take();
              Thread.sleep(1_000);
            });
    Waves sender = new Waves(waves);
    try (sampling) {
      for (Attack attack : continuous) {
        attack.begin();
        System.out.println(attack.getClass().getSimpleName() + " started");
      }
      try (sender) {
        long half = DURATION.toNanos() / 2;
        rounds(tower, sender, samples, half);
        System.out.println(rounds + " rounds, and a restart; " + samples);
        tower.stop();
        tower.startAgain();
        rounds(tower, sender, samples, half);
      }
      tower.stop();
      tower.startAgain();
      round(tower, sender, samples);
    } finally {
      for (Attack attack : continuous) {
        attack.close();
      }
      samples.draw(CHARTS);
    }
    System.out.printf(
        "%,d rounds in %,d s, %,d penalties, %,d waves of %d kinds, log of %,d bytes; %s%n",
        rounds,
        DURATION.toSeconds(),
        penalties,
        sender.done(),
        waves.size(),
        tower.process().outputBytes(),
        samples);
    if (!waves.isEmpty()) {
      assertThat(sender.done()).isPositive();
    }
  }

  private static List<Attack> chosen(Map<String, Callable<Attack>> factories) throws Exception {
    List<Attack> attacks = new ArrayList<>();
    for (Map.Entry<String, Callable<Attack>> factory : new TreeMap<>(factories).entrySet()) {
      if (ONLY.isEmpty() || ONLY.contains(factory.getKey())) {
        attacks.add(factory.getValue().call());
      }
    }
    return attacks;
  }

  private Locator nextVictimLocator() {
    return Dialect.V2.locator(victims.getLast().next().commitmentTxid());
  }

  private void rounds(AttackedTower tower, Waves waves, SoakSamples samples, long nanos)
      throws Exception {
    long end = System.nanoTime() + nanos;
    do {
      round(tower, waves, samples);
    } while (System.nanoTime() < end);
  }

  /** Breaches one channel of each victim, in one block with the attackers' pending disputes. */
  private void round(AttackedTower tower, Waves waves, SoakSamples samples) throws Exception {
    for (Victim victim : victims) {
      assertAnswered(victim, samples);
    }
    List<String> block = waves.take();
    List<LightningChannel> breached = new ArrayList<>();
    for (Victim victim : victims) {
      breached.add(victim.breach());
      block.add(Victim.dispute(breached.getLast()));
    }
    tower.bitcoind().mineBlockWith(block);
    long mined = System.nanoTime();
    for (int i = 0; i < victims.size(); i++) {
      victims.get(i).awaitPenalty(breached.get(i));
      samples.recordPenalty(millisSince(mined));
      penalties++;
      assertAnswered(victims.get(i), samples);
    }
    tower.bitcoind().mine(1);
    rounds++;
  }

  private static void assertAnswered(Victim victim, SoakSamples samples) throws Exception {
    long start = System.nanoTime();
    victim.assertRequestsAnswered();
    samples.recordAnswer(millisSince(start));
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
