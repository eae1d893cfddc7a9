package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;

@Tag("bitcoind")
class LogFloodTest {

  private static final int CONNECTIONS = Integer.getInteger("teos.attack.connections", 100);

  @TempDir Path dataDir;

  @Test
  void strangersCannotFloodTheLogOrDisplaceBreaches() throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("lnd_support", "");
    List<String> others = List.of("lnd_port", "rpc_port", "internal_api_port", "web_port");
    for (String port : others) {
      settings.put(port, Integer.toString(FreePort.find()));
    }
    try (Bitcoind bitcoind = Bitcoind.start(AttackedTower.BITCOIND)) {
      bitcoind.mine(120);
      try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, settings)) {
        Victim victim = new Victim(tower, Dialect.V2, 20);
        List<Integer> ports = new ArrayList<>(List.of(tower.api().getPort()));
        others.forEach(port -> ports.add(Integer.valueOf(settings.get(port))));
        long started = System.nanoTime();
        String penalty = victim.next().penaltyTxid(Victim.FEE_RATE).toString();
        AttackCheck.survives(tower, victim, new LogFlood(ports, CONNECTIONS));
        long minutes = (System.nanoTime() - started) / 60_000_000_000L + 1;

        System.out.println("log of " + Files.size(dataDir.resolve("regtest/teos.log")) + " bytes");
        Path folder = dataDir.resolve("regtest");
        String log = Files.readString(folder.resolve("teos.log"));
        assertThat(log.chars().filter(c -> c != '\n' && Character.isISOControl(c))).isEmpty();
        assertThat(log).doesNotContain("\u202e").doesNotContain(" | at ");
        // One line per minute and kind; the limit restarts with each of the tower's two starts.
        assertThat(countLinesFromStrangers(log))
            .allSatisfy(
                (kind, lines) -> assertThat(lines).as(kind).isLessThanOrEqualTo(minutes + 3));
        assertThat(Files.readString(folder.resolve("breaches.log")))
            .contains(penalty)
            .contains(" sent ");
      }
    }
  }

  /** Counts the lines that strangers can cause, by level and logger. */
  private static Map<String, Long> countLinesFromStrangers(String log) {
    return log.lines()
        .filter(line -> line.contains(" WARN ") || line.contains(" LndServer connection"))
        .map(line -> line.split(" +", 4))
        .collect(Collectors.groupingBy(words -> words[1] + " " + words[2], Collectors.counting()));
  }
}
