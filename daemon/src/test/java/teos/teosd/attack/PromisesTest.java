package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.teosd.Eventually;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * Attacks on existing subscriptions and receipts: strangers register other users' keys, exhaust the
 * capacity or replay recorded requests.
 */
@Tag("bitcoind")
class PromisesTest {

  private static final int FEE_RATE = 10;

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  /** By the rules of v1, the victim's subscription would end early and its data be deleted. */
  @Test
  void registrationOfVictimsKeyInOtherDialect_doesNotShortenSubscription() throws Exception {
    Map<String, String> settings = Map.of("subscription_duration", "8", "expiry_delta", "1");
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, settings);
        HttpClient http = TowerUser.newHttp()) {
      Victim victim = new Victim(tower, Dialect.V2, 12);
      TowerUser stranger =
          new TowerUser(http, tower.api(), Dialect.V1, SecretKey.generate(new SecureRandom()));
      String body = "{\"public_key\": \"" + victim.id() + "\"}";
      String renewal = "{\"user_id\": \"" + victim.id() + "\"}";
      for (int i = 0; i < 4; i++) {
        assertThat(stranger.post("/register", renewal).status()).isEqualTo(200);
      }
      Attack attack =
          new Attack() {
            @Override
            public void begin() throws Exception {
              for (int i = 0; i < 5; i++) {
                assertThat(stranger.post("/register", body).status()).isEqualTo(200);
              }
              bitcoind.mine(15);
            }

            @Override
            public void close() {}
          };
      AttackCheck.survives(tower, victim, attack);
    }
  }

  @Test
  void exhaustedCapacity_doesNotAffectExistingUsers() throws Exception {
    Map<String, String> settings = Map.of("max_appointments", "2000");
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, settings);
        Attacker attacker = new Attacker(tower.api(), 8)) {
      Victim victim = new Victim(tower, Dialect.V2, 12);
      Attack attack =
          new Attack() {
            @Override
            public void begin() throws Exception {
              attacker.register(100).forEach(this::use);
              assertThat(attacker.newUser().register().json().path("available_slots").asInt())
                  .as("of a new user after a hundred registrations")
                  .isPositive();
              List<Callable<TowerUser.Reply>> rest = new ArrayList<>();
              for (int i = 0; i < 400; i++) {
                rest.add(() -> attacker.newUser().register());
              }
              assertThat(attacker.all(rest)).anyMatch(reply -> reply.status() == 503);
            }

            private void use(TowerUser user) {
              try {
                Attacker.send(user, Attacker.garbage(new Locator(new byte[16]), 2_000));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            }

            @Override
            public void close() {}
          };
      AttackCheck.survives(tower, victim, attack);
    }
  }

  /** A replay restores no replaced or deleted version, and deletes none that was added again. */
  @Test
  void replayedRequests_haveNoEffect() throws Exception {
    List<LightningChannel> channels = LightningChannel.openMany(bitcoind, 2);
    LightningChannel updated = channels.get(0);
    LightningChannel restored = channels.get(1);
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of());
        HttpClient http = TowerUser.newHttp()) {
      TowerUser user =
          new TowerUser(http, tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
      assertThat(user.register().status()).isEqualTo(200);
      Appointment old = user.appointment(updated.commitmentTxid(), updated.penalty(FEE_RATE / 2));
      Appointment now = user.appointment(updated.commitmentTxid(), updated.penalty(FEE_RATE));
      String first = user.sendForReceipt(old).response().path("signature").asText();
      user.sendForReceipt(now);
      Appointment again = user.appointment(restored.commitmentTxid(), restored.penalty(FEE_RATE));
      long start = user.sendForReceipt(again).response().path("start_block").asLong();
      assertThat(user.delete(again.locator(), start).status()).isEqualTo(200);
      assertThat(user.sendForReceipt(again).response().path("start_block").asLong())
          .isGreaterThan(start);

      bitcoind.mine(1);
      assertThat(user.sendForReceipt(old).response().path("signature").asText())
          .as("replayed")
          .isEqualTo(first);
      assertThat(user.delete(again.locator(), start).status()).as("replayed").isEqualTo(404);
      assertThat(user.delete(again.locator()).status()).as("of any version").isEqualTo(400);
      tower.stop();
      tower.startAgain();
      assertThat(user.sendForReceipt(old).response().path("signature").asText())
          .as("replayed")
          .isEqualTo(first);
      bitcoind.mineBlockWith(List.of(Victim.dispute(updated), Victim.dispute(restored)));
      for (LightningChannel channel : channels) {
        String penalty = channel.penaltyTxid(FEE_RATE).toString();
        Eventually.holds("penalty", () -> bitcoind.mempool().contains(penalty));
      }
    }
  }
}
