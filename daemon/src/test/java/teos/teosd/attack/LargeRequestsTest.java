package teos.teosd.attack;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/** Registrations of the maximum size, filled with an unknown field. */
@Tag("bitcoind")
class LargeRequestsTest {

  private static final int CONNECTIONS = 200;
  private static final int ROUNDS = 20;

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  /** Parsed into a JSON tree, a few of these requests would exhaust the memory. */
  @Test
  void requestsOfVeryManyValuesStopNoPenalty() throws Exception {
    attack("{},".repeat(349_000) + "{}");
  }

  /** Buffered while they wait to be processed, these requests would exhaust the memory. */
  @Test
  void manyLargeRequestsAtOnceStopNoPenalty() throws Exception {
    attack("\"" + "a".repeat(1_048_000) + "\"");
  }

  private void attack(String values) throws Exception {
    String key = SecretKey.generate(new SecureRandom()).publicKey().toHex();
    byte[] body =
        ("{\"user_id\":\"" + key + "\",\"unknown\":[" + values + "]}")
            .getBytes(StandardCharsets.UTF_8);
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of());
        HttpClient http = TowerUser.newHttp()) {
      Victim victim = new Victim(tower, Dialect.V2, 20);
      LightningChannel breached = victim.breach();
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        senders.add(Thread.startVirtualThread(() -> send(http, tower, body)));
      }
      for (Thread sender : senders) {
        sender.join();
      }
      tower.assertAlive();
      bitcoind.mineBlockWith(List.of(Victim.dispute(breached)));
      victim.awaitPenalty(breached);
      victim.assertRequestsAnswered();
    }
  }

  private static void send(HttpClient http, AttackedTower tower, byte[] body) {
    HttpRequest request =
        HttpRequest.newBuilder(tower.api().resolve("/register"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    for (int i = 0; i < ROUNDS; i++) {
      try {
        http.send(request, BodyHandlers.discarding());
      } catch (IOException e) {
        return; // refused
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
