package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static teos.client.FakeTower.appointment;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Appointment;
import teos.protocol.Dialect;

/** Towers have one text for a signature that they do not take and for slots that are used up. */
class SubscriptionErrorExplainerTest {

  private static final String ONE_TEXT = "Invalid signature or not enough slots";

  @TempDir Path folder;

  private interface Change {
    void to(FakeTower tower, StubServer server);
  }

  /** Why a large appointment waits, after {@code change}. */
  private String why(Dialect dialect, Change change) throws Exception {
    FakeTower tower = new FakeTower(dialect);
    try (StubServer server = new StubServer(tower);
        TowerClient client = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      client.register(tower.id(), server.address());
      change.to(tower, server);
      Appointment large = appointment(1, 5_000, 20);
      assertThat(large.slots()).isEqualTo(3);
      PendingReason waiting = ((AddResult.Queued) client.add(tower.id(), large)).reason();
      assertThat(waiting.kind()).isEqualTo(PendingReason.Kind.SUBSCRIPTION);
      assertThat(
              client.tower(tower.id()).orElseThrow().subscriptionProblem().orElseThrow().message())
          .isEqualTo(waiting.message());
      return waiting.message();
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void tooFewSlotsAreCounted(Dialect dialect) throws Exception {
    assertThat(why(dialect, (tower, server) -> tower.slots = 2))
        .startsWith(
            "not enough slots: the appointment takes 3 more, and 2 are left; the tower says: ")
        .contains(ONE_TEXT);
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void aTowerThatDoesNotKnowTheUserIsNamed(Dialect dialect) throws Exception {
    assertThat(why(dialect, (tower, server) -> tower.registered = false))
        .startsWith("the tower knows no subscription of yours, or it has ended")
        .contains(ONE_TEXT);
  }

  @Test
  void aSignatureThatIsRefusedAlthoughThereAreSlots() throws Exception {
    String why =
        why(
            Dialect.V2,
            (tower, server) ->
                server.handleWith(
                    (path, body) ->
                        path.equals("/add_appointment")
                            ? tower.notRegistered()
                            : tower.answer(path, body)));
    assertThat(why)
        .startsWith("the tower does not take the signature of this appointment")
        .contains("100 slots are left", ONE_TEXT);
  }

  /** python-teos 0.1.1 has no get_subscription_info. */
  @Test
  void whatTheTowerSaidLastCountsIfItCannotBeAsked() throws Exception {
    StubServer.Reply none = new StubServer.Reply(404, "<html>", Map.of());
    Change unasked =
        (tower, server) ->
            server.handleWith(
                (path, body) ->
                    path.equals("/get_subscription_info") ? none : tower.answer(path, body));
    assertThat(
            why(
                Dialect.V1,
                (tower, server) -> {
                  tower.slots = 2;
                  unasked.to(tower, server);
                }))
        .startsWith(ONE_TEXT); // 100 slots were left then: it may be either
  }

  @Test
  void anotherTextIsLeftAsItIs() throws Exception {
    String why =
        why(
            Dialect.V2,
            (tower, server) ->
                server.handleWith(
                    (path, body) -> FakeTower.error(401, 7, "Your subscription expired at 42")));
    assertThat(why).isEqualTo("Your subscription expired at 42 (error 7, HTTP 401)");
  }
}
