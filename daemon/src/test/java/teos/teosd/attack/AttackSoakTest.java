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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;

/**
 * All attacks at once, beside honest users of both dialects who register, send and are breached:
 * each penalty comes, each honest request is answered, and the tower never ends, whatever it is
 * told to store. It is restarted in the middle and at the end.
 *
 * <p>{@code -Dteos.attack.minutes=30} for longer, {@code
 * -Dteos.attack.only=SlowBodies,GarbageBlobs} for some of them; heap and resident memory are drawn
 * into {@code target/attack-soak.svg}.
 */
@Tag("bitcoind")
@Tag("soak")
class AttackSoakTest {

  private static final Duration LENGTH =
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
  void nobodySuffersFromAllAttacksAtOnce() throws Exception {
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
    List<Attack> standing =
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
                "GarbageBlobs", () -> new GarbageBlobs(tower, this::locatorOfNext, 40, 400_000)));
    Repeated sampling =
        new Repeated(
            1,
            () -> {
              samples.take();
              Thread.sleep(1_000);
            });
    Waves sender = new Waves(waves);
    try (sampling) {
      for (Attack attack : standing) {
        attack.begin();
        System.out.println(attack.getClass().getSimpleName() + " has begun");
      }
      try (sender) {
        long half = LENGTH.toNanos() / 2;
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
      for (Attack attack : standing) {
        attack.close();
      }
      samples.draw(CHARTS);
    }
    System.out.printf(
        "%,d rounds in %,d s, %,d penalties, %,d waves of %d kinds, log of %,d bytes; %s%n",
        rounds,
        LENGTH.toSeconds(),
        penalties,
        sender.done(),
        waves.size(),
        tower.process().outputBytes(),
        samples);
    if (!waves.isEmpty()) {
      assertThat(sender.done()).isPositive();
    }
  }

  private static List<Attack> chosen(Map<String, Callable<Attack>> makers) throws Exception {
    List<Attack> attacks = new ArrayList<>();
    for (Map.Entry<String, Callable<Attack>> maker : new TreeMap<>(makers).entrySet()) {
      if (ONLY.isEmpty() || ONLY.contains(maker.getKey())) {
        attacks.add(maker.getValue().call());
      }
    }
    return attacks;
  }

  private Locator locatorOfNext() {
    return Dialect.V2.locator(victims.getLast().next().commitmentTxid());
  }

  private void rounds(AttackedTower tower, Waves waves, SoakSamples samples, long nanos)
      throws Exception {
    long end = System.nanoTime() + nanos;
    do {
      round(tower, waves, samples);
    } while (System.nanoTime() < end);
  }

  /** A breach of each victim, in one block with what the attackers have ready. */
  private void round(AttackedTower tower, Waves waves, SoakSamples samples) throws Exception {
    for (Victim victim : victims) {
      ask(victim, samples);
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
      samples.punished(millisSince(mined));
      penalties++;
      ask(victims.get(i), samples);
    }
    tower.bitcoind().mine(1);
    rounds++;
  }

  private static void ask(Victim victim, SoakSamples samples) throws Exception {
    long start = System.nanoTime();
    victim.assertRequestsAnswered();
    samples.answered(millisSince(start));
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
