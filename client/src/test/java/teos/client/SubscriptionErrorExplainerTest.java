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

/** Towers use one text for an invalid signature and for a lack of slots. */
class SubscriptionErrorExplainerTest {

  private static final String AMBIGUOUS_TEXT = "Invalid signature or not enough slots";

  @TempDir Path folder;

  private interface Change {
    void to(FakeTower tower, StubServer server);
  }

  /** Returns the message with which a large appointment is queued after {@code change}. */
  private String messageAfter(Dialect dialect, Change change) throws Exception {
    FakeTower tower = new FakeTower(dialect);
    try (StubServer server = new StubServer(tower);
        TowerClient client = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      client.register(tower.id(), server.address());
      change.to(tower, server);
      Appointment large = appointment(1, 5_000, 20);
      assertThat(large.slots()).isEqualTo(3);
      PendingReason reason = ((AddResult.Queued) client.add(tower.id(), large)).reason();
      assertThat(reason.kind()).isEqualTo(PendingReason.Kind.SUBSCRIPTION);
      assertThat(
              client.tower(tower.id()).orElseThrow().subscriptionProblem().orElseThrow().message())
          .isEqualTo(reason.message());
      return reason.message();
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void tooFewSlots_namesBothCounts(Dialect dialect) throws Exception {
    assertThat(messageAfter(dialect, (tower, server) -> tower.slots = 2))
        .startsWith(
            "not enough slots: the appointment needs 3 more, and 2 are left; the tower says: ")
        .contains(AMBIGUOUS_TEXT);
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void unknownUser_isExplained(Dialect dialect) throws Exception {
    assertThat(messageAfter(dialect, (tower, server) -> tower.registered = false))
        .startsWith("the tower has no subscription of yours, or it has ended")
        .contains(AMBIGUOUS_TEXT);
  }

  @Test
  void refusedSignatureWithFreeSlots_isExplained() throws Exception {
    String message =
        messageAfter(
            Dialect.V2,
            (tower, server) ->
                server.handleWith(
                    (path, body) ->
                        path.equals("/add_appointment")
                            ? tower.notRegistered()
                            : tower.answer(path, body)));
    assertThat(message)
        .startsWith("the tower refuses the signature of this appointment")
        .contains("100 slots left", AMBIGUOUS_TEXT);
  }

  /** python-teos 0.1.1 has no get_subscription_info. */
  @Test
  void withoutSubscriptionInfo_usesTheLastKnownSlots() throws Exception {
    StubServer.Reply none = new StubServer.Reply(404, "<html>", Map.of());
    Change cannotBeAsked =
        (tower, server) ->
            server.handleWith(
                (path, body) ->
                    path.equals("/get_subscription_info") ? none : tower.answer(path, body));
    assertThat(
            messageAfter(
                Dialect.V1,
                (tower, server) -> {
                  tower.slots = 2;
                  cannotBeAsked.to(tower, server);
                }))
        .startsWith(
            AMBIGUOUS_TEXT); // 100 slots were left at the last report, so both reasons are possible
  }

  @Test
  void unambiguousText_isNotChanged() throws Exception {
    String message =
        messageAfter(
            Dialect.V2,
            (tower, server) ->
                server.handleWith(
                    (path, body) -> FakeTower.error(401, 7, "Your subscription expired at 42")));
    assertThat(message).isEqualTo("Your subscription expired at 42 (error 7, HTTP 401)");
  }
}
