package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static teos.client.FakeTower.appointment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.client.evidence.Receipt;
import teos.client.evidence.VerificationReport;
import teos.client.evidence.Verifier;
import teos.protocol.Blob;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/** Bundles go to towers that support them, and a single penalty to the others. */
class BundleTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Txid COMMITMENT = Txid.fromDisplayHex("7b".repeat(32));
  private static final byte[] SINGLE = transaction(COMMITMENT, 0);
  private static final List<byte[]> MEMBERS =
      List.of(transaction(COMMITMENT, 1), transaction(COMMITMENT, 2), transaction(COMMITMENT, 3));

  private static final byte[] NO_TRANSACTION = HexFormat.of().parseHex("ff".repeat(60));

  @TempDir Path folder;

  private FakeTower tower;
  private StubServer server;
  private TowerClient client;

  /** Returns a transaction with one input and one output. */
  private static byte[] transaction(Txid parent, int lockTime) {
    return HexFormat.of()
        .parseHex(
            "0200000001"
                + parent.toHex()
                + "0000000000ffffffff01e803000000000000160014"
                + "11".repeat(20)
                + "%02x000000".formatted(lockTime));
  }

  @BeforeEach
  void start() throws Exception {
    start(Dialect.V2);
  }

  /** Replaces the tower by one with this dialect. */
  private void restart(Dialect dialect) throws Exception {
    stop();
    start(dialect);
  }

  private void start(Dialect dialect) throws Exception {
    tower = new FakeTower(dialect);
    server = new StubServer(tower);
    client = TowerClient.open(folder, ClientOptions.DEFAULT);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private void restartClient() {
    client.close();
    client = TowerClient.open(folder, ClientOptions.DEFAULT);
  }

  private AddResult addBundle() throws Exception {
    return client.addBundle(tower.id(), MEMBERS, SINGLE, COMMITMENT, 144);
  }

  private void enqueueBundle() throws Exception {
    client.enqueueBundle(tower.id(), MEMBERS, SINGLE, COMMITMENT, 144);
  }

  private Locator locator() {
    return tower.dialect.locator(COMMITMENT);
  }

  private byte[] blobAtTower() {
    JsonNode stored = Objects.requireNonNull(tower.appointments.get(locator().toHex()));
    return HexFormat.of().parseHex(stored.path("encrypted_blob").asText());
  }

  /** Returns what the tower finds in the blob after a breach. */
  private byte[] plaintextAtTower() throws Exception {
    return Blob.decrypt(blobAtTower(), COMMITMENT, tower.dialect);
  }

  private VerificationReport verifyReceipt() throws Exception {
    Path file = client.towerFolder(tower.id()).receipts().file(locator());
    return Verifier.verify(Files.readString(file), Optional.of(COMMITMENT));
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void addBundle_supported_sendsTheBundle(Dialect dialect) throws Exception {
    restart(dialect);
    tower.supportBundles();
    RegistrationResult registered = client.register(tower.id(), server.address());
    assertThat(registered.tower().supportsBundles()).isTrue();
    restartClient();

    AddResult result = addBundle();

    assertThat(result).isInstanceOf(AddResult.Accepted.class);
    assertThat(Bundle.decode(plaintextAtTower()))
        .hasSize(1 + MEMBERS.size())
        .endsWith(MEMBERS.toArray(byte[][]::new));
    Receipt receipt = ((AddResult.Accepted) result).receipt();
    assertThat(client.appointment(tower.id(), locator()))
        .isEqualTo(new AppointmentStatus.BeingWatched(receipt.appointment()));
    assertThat(verifyReceipt().isVerified()).isTrue();
    assertThat(String.join("\n", verifyReceipt().shows()))
        .contains("the blob is a bundle of these transactions: ")
        .containsPattern("([0-9a-f]{64}, ){2}[0-9a-f]{64}");
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void addBundle_notSupported_sendsTheSinglePenalty(Dialect dialect) throws Exception {
    restart(dialect);
    RegistrationResult registered = client.register(tower.id(), server.address());
    assertThat(registered.tower().supportsBundles()).isFalse();

    assertThat(addBundle()).isInstanceOf(AddResult.Accepted.class);

    assertThat(plaintextAtTower()).isEqualTo(SINGLE);
    assertThat(String.join("\n", verifyReceipt().shows())).contains("the penalty is ");
  }

  /** A tower's mistake in this field must not cost the user the tower. */
  @ParameterizedTest
  @ValueSource(
      strings = {"\"bundles\"", "[]", "[1,null,[\"bundles\"]]", "{\"a\":\"bundles\"}", "7"})
  void register_otherFeatures_areIgnored(String features) throws Exception {
    tower.features = Optional.of(MAPPER.readTree(features));
    assertThat(client.register(tower.id(), server.address()).tower().supportsBundles()).isFalse();
    assertThat(client.subscription(tower.id()).missing()).isEmpty();
    assertThat(client.tower(tower.id()).orElseThrow().supportsBundles()).isFalse();
  }

  /** A folder of a client from before bundles, and a tower that has been upgraded since. */
  @Test
  void subscription_learnsOfBundles() throws Exception {
    client.register(tower.id(), server.address());
    Path file = folder.resolve("towers/" + tower.id() + "/tower.json");
    assertThat(Files.readString(file)).doesNotContain("features");
    tower.supportBundles();
    addBundle();
    assertThat(plaintextAtTower()).isEqualTo(SINGLE);

    client.subscription(tower.id());
    assertThat(Files.readString(file)).contains("features", "bundles").doesNotContain("other");
    addBundle();
    assertThat(Bundle.isBundle(plaintextAtTower())).isTrue();

    tower.features = Optional.empty();
    client.subscription(tower.id());
    addBundle();
    assertThat(plaintextAtTower()).isEqualTo(SINGLE);
  }

  @Test
  void firstAttempt_decides() throws Exception {
    client.register(tower.id(), server.address());
    enqueueBundle();
    restartClient();
    tower.supportBundles();
    client.register(tower.id(), server.address());
    assertThat(Bundle.isBundle(plaintextAtTower())).isTrue();

    enqueueBundle();
    restartClient();
    tower.features = Optional.empty();
    client.register(tower.id(), server.address());
    assertThat(plaintextAtTower()).isEqualTo(SINGLE);
  }

  /**
   * Otherwise the tower could keep one of the two while the client has the receipt of the other.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void retry_sendsTheSameBytes(boolean supportedAtFirst) throws Exception {
    if (supportedAtFirst) {
      tower.supportBundles();
    }
    client.register(tower.id(), server.address());
    server.handleWith(
        (path, body) -> {
          tower.answer(path, body);
          return new StubServer.Reply(503, "the answer is lost", Map.of());
        });
    assertThat(addBundle()).isInstanceOf(AddResult.Queued.class);
    server.handleWith(tower);
    restartClient();
    if (supportedAtFirst) {
      tower.features = Optional.empty();
    } else {
      tower.supportBundles();
    }
    assertThat(client.register(tower.id(), server.address()).sendReport().accepted()).isOne();

    List<StubServer.Call> sent = server.calls("/add_appointment");
    assertThat(sent).hasSize(2);
    assertThat(sent.get(1).body()).isEqualTo(sent.get(0).body());
    assertThat(Bundle.isBundle(plaintextAtTower())).isEqualTo(supportedAtFirst);
    assertThat(verifyReceipt().isVerified()).isTrue();
  }

  /** What the subscription does not cover has not been sent, so nothing is decided. */
  @Test
  void subscriptionProblem_doesNotDecide() throws Exception {
    tower.slots = 0;
    client.register(tower.id(), server.address());
    client.add(tower.id(), appointment(1, 100, 144));
    assertThat(addBundle()).isInstanceOf(AddResult.Queued.class);
    assertThat(server.calls("/add_appointment")).hasSize(1);

    tower.slots = 100;
    tower.supportBundles();
    assertThat(client.register(tower.id(), server.address()).sendReport().accepted()).isEqualTo(2);
    assertThat(Bundle.isBundle(plaintextAtTower())).isTrue();
  }

  /** While the response is on its way, another process sends the bundle and then a new version. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void appointment_sentMeanwhile_isNoAlteration(boolean supported) throws Exception {
    if (supported) {
      tower.supportBundles();
    }
    client.register(tower.id(), server.address());
    client.add(tower.id(), SINGLE, COMMITMENT, 20);
    enqueueBundle();
    server.handleWith(
        (path, body) -> {
          if (!path.equals("/get_appointment")) {
            return tower.answer(path, body);
          }
          try (TowerClient other = TowerClient.open(folder, ClientOptions.DEFAULT)) {
            other.sendQueued(tower.id());
            StubServer.Reply reply = tower.answer(path, body);
            other.add(tower.id(), SINGLE, COMMITMENT, 21);
            return reply;
          }
        });

    AppointmentStatus status = client.appointment(tower.id(), locator());

    byte[] blob = ((AppointmentStatus.BeingWatched) status).appointment().encryptedBlob();
    assertThat(Bundle.isBundle(Blob.decrypt(blob, COMMITMENT, Dialect.V2))).isEqualTo(supported);
    assertThat(client.tower(tower.id()).orElseThrow().standing()).isEqualTo("ok");
  }

  /** Two towers that compare what they have got for the same locator. */
  @ParameterizedTest
  @EnumSource(Dialect.class)
  void bundleAndSinglePenalty_doNotRevealEachOther(Dialect dialect) throws Exception {
    restart(dialect);
    client.register(tower.id(), server.address());
    addBundle();
    byte[] single = blobAtTower();
    tower.supportBundles();
    client.subscription(tower.id());
    addBundle();
    byte[] bundle = blobAtTower();
    byte[] unpadded = Blob.encrypt(Bundle.encode(MEMBERS), COMMITMENT, dialect);
    String txid = COMMITMENT.toHex();

    assertThat(HexFormat.of().formatHex(decryptWithoutKey(single, unpadded))).contains(txid);
    assertThat(HexFormat.of().formatHex(decryptWithoutKey(single, bundle))).doesNotContain(txid);
    addBundle();
    assertThat(blobAtTower()).isEqualTo(bundle);
  }

  /** Computes the single penalty if the bundle's first member begins in the same way. */
  private static byte[] decryptWithoutKey(byte[] single, byte[] bundle) {
    byte[] known = HexFormat.of().parseHex("ff62756e646c650152"); // the first member has 0x52 bytes
    byte[] penalty = new byte[single.length];
    for (int i = 0; i < penalty.length; i++) {
      byte inBundle = i < known.length ? known[i] : penalty[i - known.length];
      penalty[i] = (byte) (single[i] ^ bundle[i] ^ inBundle);
    }
    return penalty;
  }

  @Test
  void addBundle_noTransactions_isRefused() throws Exception {
    client.register(tower.id(), server.address());
    assertThatThrownBy(
            () -> client.addBundle(tower.id(), List.of(new byte[59]), SINGLE, COMMITMENT, 144))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 60 bytes");
    assertThatThrownBy(() -> client.addBundle(tower.id(), List.of(), SINGLE, COMMITMENT, 144))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(client.towerFolder(tower.id()).queue().size()).isZero();
  }

  /** Nobody can check a bundle before the breach, so a wallet's mistake shows here. */
  @Test
  void verify_bundleThatSpendsNothingOfTheCommitment_fails() throws Exception {
    tower.supportBundles();
    client.register(tower.id(), server.address());
    Txid other = Txid.fromDisplayHex("01".repeat(32));
    client.addBundle(
        tower.id(), List.of(transaction(other, 1), NO_TRANSACTION), SINGLE, COMMITMENT, 144);
    assertThat(verifyReceipt().checks())
        .filteredOn(check -> !check.passed())
        .extracting(VerificationReport.Check::description)
        .containsExactly("the blob contains a transaction that spends from the commitment");

    client.addBundle(tower.id(), List.of(NO_TRANSACTION), SINGLE, COMMITMENT, 144);
    assertThat(verifyReceipt().checks())
        .filteredOn(check -> !check.passed())
        .extracting(VerificationReport.Check::description)
        .containsExactly("the blob contains a transaction");
  }
}
