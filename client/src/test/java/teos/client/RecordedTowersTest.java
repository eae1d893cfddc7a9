package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.client.evidence.Receipt;
import teos.client.evidence.VerificationReport;
import teos.client.evidence.Verifier;
import teos.client.wire.MisbehavingException;
import teos.client.wire.TowerError;
import teos.client.wire.TowerErrorException;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Recorded responses of both reference towers, with their signatures. */
class RecordedTowersTest {

  @TempDir Path folder;

  private TowerClient client(Vectors vectors) throws Exception {
    TestKeys.write(folder.resolve("user_sk.der"), vectors.user());
    return TowerClient.open(folder, ClientOptions.DEFAULT);
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void registersAddsAndQueries(Dialect dialect) throws Exception {
    Vectors vectors = Vectors.of(dialect);
    PublicKey tower = vectors.tower();
    try (StubServer server = new StubServer(vectors::answer);
        TowerClient client = client(vectors)) {
      RegistrationResult registered = client.register(tower, server.address());
      assertThat(registered.tower().parties().dialect()).isEqualTo(dialect);
      assertThat(registered.tower().availableSlots())
          .isEqualTo(dialect == Dialect.V1 ? 100 : 10_000);
      assertThat(registered.tower().subscriptionExpiry()).isEqualTo(4440);
      // v2 is tried first; each body has a single field
      assertThat(server.calls("/register")).hasSize(dialect == Dialect.V1 ? 2 : 1);
      assertThat(server.calls("/register")).allMatch(call -> call.body().size() == 1);
      assertThat(server.calls("/register").get(0).body().toString().length())
          .isLessThanOrEqualTo(87);
      assertThat(Files.readAllBytes(folder.resolve("teos_pk.der"))).isEqualTo(tower.bytes());

      AddResult result = client.add(tower, vectors.penalty(), vectors.dispute(), 144);

      assertThat(result).isInstanceOf(AddResult.Accepted.class);
      Receipt receipt = ((AddResult.Accepted) result).receipt();
      assertThat(receipt.signedReceipt().startBlock()).isEqualTo(120);
      Locator locator = dialect.locator(vectors.dispute());
      assertThat(client.receipt(tower, locator)).contains(receipt);
      VerificationReport report =
          Verifier.verify(
              Files.readString(client.towerFolder(tower).receipts().file(locator)),
              Optional.of(vectors.dispute()));
      assertThat(report.checks()).allMatch(VerificationReport.Check::passed);
      assertThat(report.parties().tower()).isEqualTo(tower);

      assertThat(client.appointment(tower, locator))
          .isEqualTo(new AppointmentStatus.BeingWatched(receipt.appointment()));
      assertThat(client.subscription(tower).locators()).containsExactly(locator);
      assertThat(client.subscription(tower).missing()).isEmpty();
      assertThat(client.appointment(tower, Locator.fromHex("00".repeat(16))))
          .isInstanceOf(AppointmentStatus.NotFound.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void register_again_usesTheSavedDialect(Dialect dialect) throws Exception {
    Vectors vectors = Vectors.of(dialect);
    try (StubServer server = new StubServer(vectors::answer);
        TowerClient client = client(vectors)) {
      client.register(vectors.tower(), server.address());
      int before = server.calls().size();
      client.register(vectors.tower(), server.address());
      assertThat(server.calls()).hasSize(before + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void register_wrongId_isRefused(Dialect dialect) throws Exception {
    Vectors vectors = Vectors.of(dialect);
    PublicKey other = SecretKey.generate(new java.security.SecureRandom()).publicKey();
    try (StubServer server = new StubServer(vectors::answer);
        TowerClient client = client(vectors)) {
      assertThatThrownBy(() -> client.register(other, server.address()))
          .isInstanceOf(MisbehavingException.class)
          .hasMessageContaining(other.toHex())
          .hasMessageContaining(vectors.tower().toHex());
      assertThat(client.towers()).isEmpty();
      assertThat(client.defaultTower()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void unknownUser_getsASubscriptionError(Dialect dialect) throws Exception {
    Vectors vectors = Vectors.of(dialect);
    try (StubServer server = new StubServer(vectors::answer);
        TowerClient client = client(vectors)) {
      client.register(vectors.tower(), server.address());
      server.handleWith(
          (path, body) ->
              path.equals("/get_subscription_info")
                  ? vectors.reply(vectors.exchange("subscription info of a stranger"))
                  : vectors.reply(vectors.exchange("add before registering")));
      assertThatThrownBy(() -> client.subscription(vectors.tower()))
          .isInstanceOf(TowerErrorException.class)
          .extracting(e -> ((TowerErrorException) e).error().kind())
          .isEqualTo(TowerError.Kind.SUBSCRIPTION);
      AddResult result = client.add(vectors.tower(), vectors.penalty(), vectors.dispute(), 144);
      assertThat(((AddResult.Queued) result).reason().kind())
          .isEqualTo(PendingReason.Kind.SUBSCRIPTION);
    }
  }

  /** Each recorded error is classified, and alike in both dialects. */
  @ParameterizedTest
  @EnumSource(Dialect.class)
  void recordedErrors_areClassified(Dialect dialect) {
    Vectors vectors = Vectors.of(dialect);
    for (String name :
        List.of("locator short", "locator not hex", "blob not hex", "delay string")) {
      assertThat(kind(vectors, name)).as(name).isEqualTo(TowerError.Kind.PERMANENT);
    }
    assertThat(kind(vectors, "signed by a stranger")).isEqualTo(TowerError.Kind.SUBSCRIPTION);
    assertThat(kind(vectors, "get of an unknown locator")).isEqualTo(TowerError.Kind.NOT_FOUND);
    assertThat(kind(vectors, "unknown path")).isEqualTo(TowerError.Kind.UNEXPECTED);
    String rejectedName = dialect == Dialect.V1 ? "delay too small" : "update with a larger blob";
    assertThat(kind(vectors, rejectedName)).isEqualTo(TowerError.Kind.PERMANENT);
    if (dialect == Dialect.V1) {
      assertThat(kind(vectors, "delay above u32")).isEqualTo(TowerError.Kind.UNEXPECTED);
      assertThat(kind(vectors, "blob odd hex")).isEqualTo(TowerError.Kind.BUSY);
    }
  }

  private static TowerError.Kind kind(Vectors vectors, String name) {
    StubServer.Reply reply = vectors.reply(vectors.exchange(name));
    return TowerError.of(
            new teos.client.evidence.RecordedResponse(
                "/", reply.status(), reply.body(), java.time.Instant.EPOCH),
            Optional.empty())
        .kind();
  }

  /** The request equals the recorded one in every value. */
  @ParameterizedTest
  @EnumSource(Dialect.class)
  void add_sendsTheSameRequestAsTheReferenceClient(Dialect dialect) throws Exception {
    Vectors vectors = Vectors.of(dialect);
    try (StubServer server = new StubServer(vectors::answer);
        TowerClient client = client(vectors)) {
      client.register(vectors.tower(), server.address());
      client.add(vectors.tower(), vectors.penalty(), vectors.dispute(), 144);
      assertThat(server.calls("/add_appointment").get(0).body())
          .isEqualTo(vectors.exchange("add").path("request"));
    }
  }
}
