package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static teos.client.FakeTower.appointment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.client.evidence.Receipt;
import teos.client.evidence.VerificationReport;
import teos.client.evidence.Verifier;
import teos.client.store.KnownTower;
import teos.client.store.TowerFolder;
import teos.client.wire.MisbehavingException;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;

/** Misbehaving towers: each kind is detected and marked, and the saved proof verifies. */
class MisbehaviourTest {

  private static final SecretKey STRANGER = SecretKey.generate(new SecureRandom());

  @TempDir Path folder;

  private interface Scenario {
    void run(FakeTower tower, StubServer server, TowerClient client) throws Exception;
  }

  private void runScenario(Dialect dialect, Scenario scenario) throws Exception {
    FakeTower tower = new FakeTower(dialect);
    try (StubServer server = new StubServer(tower);
        TowerClient client = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      client.register(tower.id(), server.address());
      scenario.run(tower, server, client);
    }
  }

  private static VerificationReport verifySavedProof(TowerClient client, FakeTower tower)
      throws Exception {
    KnownTower known = client.tower(tower.id()).orElseThrow();
    assertThat(known.standing()).isEqualTo("misbehaving");
    Path file =
        client.towerFolder(tower.id()).proofFile(known.misbehaviour().orElseThrow().proof());
    return Verifier.verify(Files.readString(file), Optional.empty());
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void receiptSignedByAnotherKey_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          tower.signingKey = STRANGER;
          AddResult result = client.add(tower.id(), appointment(1, 100, 20));

          assertThat(((AddResult.Queued) result).reason().kind())
              .isEqualTo(PendingReason.Kind.MISBEHAVING);
          assertThat(client.receipt(tower.id(), appointment(1, 100, 20).locator())).isEmpty();
          VerificationReport report = verifySavedProof(client, tower);
          assertThat(report.isVerified()).isTrue();
          assertThat(report.kind()).isEqualTo("wrong_signature");
          assertThat(String.join("\n", report.shows())).contains(STRANGER.publicKey().toHex());
          assertThat(String.join("\n", report.doesNotShow()))
              .contains("that the response came from the tower");

          // Nothing more is sent until the user registers again.
          int before = server.calls("/add_appointment").size();
          client.add(tower.id(), appointment(2, 100, 20));
          client.sendQueued(tower.id());
          assertThat(server.calls("/add_appointment")).hasSize(before);
          tower.signingKey = tower.key;
          RegistrationResult again = client.register(tower.id(), server.address());
          assertThat(again.sendReport().accepted()).isEqualTo(2);
          assertThat(again.tower().standing()).isEqualTo("ok");
          try (var proofs = Files.list(folder.resolve("towers/" + tower.id() + "/proofs"))) {
            assertThat(proofs).hasSize(1);
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void receiptWithInvalidSignature_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          server.handleWith(
              (path, body) -> {
                StubServer.Reply reply = tower.answer(path, body);
                return new StubServer.Reply(
                    200,
                    reply.body().replaceAll("(\"signature\":\")\\w+", "$1" + "y".repeat(104)),
                    Map.of());
              });
          client.add(tower.id(), appointment(1, 100, 20));
          VerificationReport report = verifySavedProof(client, tower);
          assertThat(report.isVerified()).isTrue();
          assertThat(String.join("\n", report.shows())).contains("is not valid for any key");
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void registrationSignedByAnotherKey_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          tower.signingKey = STRANGER;
          MisbehavingException e =
              catchThrowableOfType(
                  MisbehavingException.class, () -> client.register(tower.id(), server.address()));
          assertThat(e.proof()).isPresent();
          VerificationReport report = verifySavedProof(client, tower);
          assertThat(report.isVerified()).isTrue();
          assertThat(report.kind()).isEqualTo("wrong_registration");
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void register_wrongSignatureAtAnotherAddress_doesNotMarkTheTower(Dialect dialect)
      throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          FakeTower other = new FakeTower(dialect);
          try (StubServer elsewhere = new StubServer(other)) {
            assertThatThrownBy(() -> client.register(tower.id(), elsewhere.address()))
                .hasMessageContainingAll(tower.id().toHex(), other.id().toHex());
          }
          assertThat(client.tower(tower.id()).orElseThrow().standing()).isEqualTo("ok");
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void responsesFromAnotherAddress_doNotMarkTheTower(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          Appointment appointment = appointment(1, 100, 20);
          client.add(tower.id(), appointment);
          FakeTower other = new FakeTower(dialect);
          other.registered = true;
          try (StubServer elsewhere = new StubServer(other);
              TowerClient misdirected =
                  TowerClient.open(
                      folder, ClientOptions.DEFAULT.withAddressOverride(elsewhere.address()))) {
            assertThatThrownBy(() -> misdirected.appointment(tower.id(), appointment.locator()))
                .isInstanceOf(MisbehavingException.class)
                .hasMessageContaining("not the saved address");
            AddResult result = misdirected.add(tower.id(), appointment(2, 100, 20));
            assertThat(((AddResult.Queued) result).reason().kind())
                .isEqualTo(PendingReason.Kind.MISBEHAVING);
            assertThat(misdirected.subscription(tower.id()).missing()).hasSize(1);
          }
          assertThat(client.tower(tower.id()).orElseThrow().standing()).isEqualTo("ok");
          assertThat(client.sendQueued(tower.id()).accepted()).isOne();
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void forgottenAppointment_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          Appointment appointment = appointment(1, 100, 20);
          client.add(tower.id(), appointment);
          tower.appointments.clear();
          assertThatThrownBy(() -> client.appointment(tower.id(), appointment.locator()))
              .isInstanceOf(MisbehavingException.class)
              .hasMessageContaining(appointment.locator().toHex());
          VerificationReport report = verifySavedProof(client, tower);
          assertThat(report.isVerified()).as(report.toString()).isTrue();
          assertThat(report.kind()).isEqualTo("forgot");
          assertThat(String.join("\n", report.shows())).contains("from block 120 until block 4440");
          assertThat(String.join("\n", report.doesNotShow()))
              .contains("100 confirmations", "do not sign such responses");
          // Appointments are still sent: the tower may keep these.
          assertThat(client.add(tower.id(), appointment(2, 100, 20)))
              .isInstanceOf(AddResult.Accepted.class);
        });
  }

  /** python-teos 0.1.1 has no get_subscription_info. */
  @Test
  void forgottenAppointment_withoutSubscriptionInfo_isProven() throws Exception {
    runScenario(
        Dialect.V1,
        (tower, server, client) -> {
          client.add(tower.id(), appointment(1, 100, 20));
          tower.appointments.clear();
          server.handleWith(
              (path, body) ->
                  path.equals("/get_subscription_info")
                      ? new StubServer.Reply(404, "<html>", Map.of())
                      : tower.answer(path, body));
          assertThatThrownBy(
                  () -> client.appointment(tower.id(), appointment(1, 100, 20).locator()))
              .isInstanceOf(MisbehavingException.class);
          assertThat(verifySavedProof(client, tower).isVerified()).isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void appointmentMissingFromTheList_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          client.add(tower.id(), appointment(1, 100, 20));
          client.add(tower.id(), appointment(2, 100, 20));
          tower.appointments.remove(appointment(1, 100, 20).locator().toHex());
          assertThat(client.subscription(tower.id()).missing())
              .containsExactly(appointment(1, 100, 20).locator());
          assertThat(verifySavedProof(client, tower).isVerified()).isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void forgottenUser_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          client.add(tower.id(), appointment(1, 100, 20));
          tower.registered = false;
          assertThatThrownBy(
                  () -> client.appointment(tower.id(), appointment(1, 100, 20).locator()))
              .isInstanceOf(MisbehavingException.class);
          assertThat(verifySavedProof(client, tower).isVerified()).isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void appointment_forgottenAfterTheDispute_isNoMisbehaviour(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          Appointment appointment = appointment(1, 100, 20);
          client.add(tower.id(), appointment);
          server.handleWith(
              (path, body) ->
                  new StubServer.Reply(
                      200,
                      "{\"status\":\"dispute_responded\",\"appointment\":{\"dispute_txid\":\""
                          + "11".repeat(32)
                          + "\",\"penalty_txid\":\""
                          + "22".repeat(32)
                          + "\",\"penalty_rawtx\":\"0200\"}}",
                      Map.of()));
          assertThat(client.appointment(tower.id(), appointment.locator()))
              .isInstanceOf(AppointmentStatus.DisputeResponded.class);
          server.handleWith(tower);
          tower.appointments.clear();
          assertThat(client.appointment(tower.id(), appointment.locator()))
              .isInstanceOf(AppointmentStatus.NotFound.class);
          assertThat(client.subscription(tower.id()).missing()).isEmpty();
          assertThat(client.tower(tower.id()).orElseThrow().standing()).isEqualTo("ok");
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void appointment_forgottenAfterTheSubscription_isNoMisbehaviour(Dialect dialect)
      throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          Appointment appointment = appointment(1, 100, 20);
          client.add(tower.id(), appointment);
          // Backdate the receipt: at the usual block rate, the subscription would have ended.
          TowerFolder files = client.towerFolder(tower.id());
          Receipt receipt = files.receipts().receipt(appointment.locator()).orElseThrow();
          files
              .receipts()
              .save(
                  new Receipt(
                      receipt.parties(),
                      receipt.registration(),
                      receipt.signedReceipt(),
                      Instant.now().minus(Duration.ofDays(16)),
                      Optional.empty()));
          tower.appointments.clear();
          tower.registered = false;
          if (dialect == Dialect.V1) {
            assertThat(client.appointment(tower.id(), appointment.locator()))
                .isInstanceOf(AppointmentStatus.NotFound.class);
          }
          // A new subscription does not revive appointments of the old one.
          tower.subscriptionStart = 9000;
          tower.subscriptionExpiry = 13320;
          client.register(tower.id(), server.address());
          assertThat(client.appointment(tower.id(), appointment.locator()))
              .isInstanceOf(AppointmentStatus.NotFound.class);
          assertThat(client.subscription(tower.id()).missing()).isEmpty();
          assertThat(client.tower(tower.id()).orElseThrow().standing()).isEqualTo("ok");
        });
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void alteredAppointment_isProven(Dialect dialect) throws Exception {
    runScenario(
        dialect,
        (tower, server, client) -> {
          Appointment appointment = appointment(1, 100, 20);
          client.add(tower.id(), appointment);
          tower.appointments.put(
              appointment.locator().toHex(), FakeTower.json(appointment(1, 100, 21)));
          assertThatThrownBy(() -> client.appointment(tower.id(), appointment.locator()))
              .isInstanceOf(MisbehavingException.class);
          VerificationReport report = verifySavedProof(client, tower);
          assertThat(report.isVerified()).isTrue();
          assertThat(report.kind()).isEqualTo("altered");
          assertThat(
                  ((AddResult.Queued) client.add(tower.id(), appointment(2, 100, 20)))
                      .reason()
                      .kind())
              .isEqualTo(PendingReason.Kind.MISBEHAVING);
        });
  }

  /** The tower has accepted it, but the client was killed before it read the receipt. */
  @Test
  void appointment_queuedVersionAtTheTower_isNoAlteration() throws Exception {
    runScenario(
        Dialect.V2,
        (tower, server, client) -> {
          Appointment appointment = appointment(1, 100, 20);
          client.add(tower.id(), appointment);
          client.enqueue(tower.id(), appointment(1, 100, 21));
          tower.appointments.put(
              appointment.locator().toHex(), FakeTower.json(appointment(1, 100, 21)));
          assertThat(client.appointment(tower.id(), appointment.locator()))
              .isInstanceOf(AppointmentStatus.BeingWatched.class);
          assertThat(List.of(client.tower(tower.id()).orElseThrow().standing()))
              .containsExactly("ok");
        });
  }
}
