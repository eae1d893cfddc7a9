package teos.client.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map.Entry;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/** A file that verifies must not verify after any change. */
class TamperingTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SecretKey TOWER = SecretKey.generate(RANDOM);
  private static final SecretKey USER = SecretKey.generate(RANDOM);
  private static final SecretKey STRANGER = SecretKey.generate(RANDOM);
  private static final Txid COMMITMENT = Txid.fromDisplayHex("ab".repeat(31) + "01");
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  private static final List<String> FILES = files();

  private static List<String> files() {
    List<String> all = new ArrayList<>();
    for (Dialect dialect : Dialect.values()) {
      Receipt receipt = receipt(dialect);
      all.add(text(receipt.json()));
      for (MisbehaviourKind kind : MisbehaviourKind.values()) {
        all.add(text(proof(kind, receipt).json()));
      }
    }
    return List.copyOf(all);
  }

  private static String text(ObjectNode json) {
    return new String(JsonText.fileBytes(json), StandardCharsets.UTF_8);
  }

  private static Registration registration(ReceiptParties parties, SecretKey signer) {
    RegistrationReceipt receipt =
        new RegistrationReceipt(
            parties.user(), 100, parties.dialect() == Dialect.V2 ? 120 : 0, 4440);
    return new Registration(
        100,
        receipt.subscriptionStart(),
        4440,
        MessageSignature.sign(receipt.signedBytes(parties.dialect()), signer));
  }

  private static SignedReceipt signedReceipt(Dialect dialect, SecretKey signer) {
    SignedAppointment sent =
        SignedAppointment.sign(
            USER,
            new Appointment(
                dialect.locator(COMMITMENT), Blob.encrypt(new byte[80], COMMITMENT, dialect), 144));
    byte[] signed = new AppointmentReceipt(sent.signature(), 130).signedBytes(dialect);
    return new SignedReceipt(sent, 130, MessageSignature.sign(signed, signer));
  }

  private static Receipt receipt(Dialect dialect) {
    ReceiptParties parties = new ReceiptParties(TOWER.publicKey(), USER.publicKey(), dialect);
    return new Receipt(
        parties,
        registration(parties, TOWER),
        signedReceipt(dialect, TOWER),
        NOW,
        Optional.of("being_watched"));
  }

  private static Proof proof(MisbehaviourKind kind, Receipt receipt) {
    ReceiptParties parties = receipt.parties();
    SignedReceipt signed = receipt.signedReceipt();
    Appointment other =
        new Appointment(signed.signedAppointment().appointment().locator(), new byte[9], 144);
    Optional<PublicKey> stranger = Optional.of(STRANGER.publicKey());
    return switch (kind) {
      case WRONG_SIGNATURE ->
          Proof.create(
              USER,
              kind,
              parties,
              receipt.registration(),
              Optional.of(signedReceipt(parties.dialect(), STRANGER)),
              stranger,
              new RecordedResponse("/add_appointment", 200, "{}", NOW));
      case WRONG_REGISTRATION ->
          Proof.create(
              USER,
              kind,
              parties,
              registration(parties, STRANGER),
              Optional.empty(),
              stranger,
              new RecordedResponse("/register", 200, "{}", NOW));
      case FORGOT ->
          Proof.create(
              USER,
              kind,
              parties,
              receipt.registration(),
              Optional.of(signed),
              Optional.empty(),
              new RecordedResponse("/get_appointment", 404, "{\"status\":\"not_found\"}", NOW));
      case ALTERED ->
          Proof.create(
              USER,
              kind,
              parties,
              receipt.registration(),
              Optional.of(signed),
              Optional.empty(),
              new RecordedResponse(
                  "/get_appointment",
                  200,
                  "{\"status\":\"being_watched\",\"appointment\":"
                      + SignedAppointment.json(other)
                      + "}",
                  NOW));
    };
  }

  @Test
  void verify_unchangedFiles_passes() throws Exception {
    for (String file : FILES) {
      VerificationReport report = Verifier.verify(file, Optional.empty());
      assertThat(report.isVerified()).as(report.toString()).isTrue();
      assertThat(report.shows()).isNotEmpty();
      assertThat(report.doesNotShow()).isNotEmpty();
    }
  }

  @Test
  void parse_thenJson_returnsTheSameFile() throws Exception {
    for (String file : FILES) {
      assertThat(
              text(
                  file.contains(Proof.FORMAT)
                      ? Proof.parse(file).json()
                      : Receipt.parse(file).json()))
          .isEqualTo(file);
    }
  }

  @Provide
  Arbitrary<String> file() {
    return Arbitraries.of(FILES);
  }

  @Property(tries = 3000)
  void verify_changedByte_isDetected(
      @ForAll("file") String file, @ForAll int where, @ForAll @IntRange(min = 32, max = 126) int to)
      throws Exception {
    int index = Math.floorMod(where, file.length());
    String changed = file.substring(0, index) + (char) to + file.substring(index + 1);
    assertDetectedOrUnchanged(file, changed);
  }

  @Property(tries = 1000)
  void verify_removedPart_isDetected(
      @ForAll("file") String file, @ForAll int from, @ForAll int length) throws Exception {
    int start = Math.floorMod(from, file.length());
    int end = Math.min(file.length(), start + 1 + Math.floorMod(length, 200));
    assertDetectedOrUnchanged(file, file.substring(0, start) + file.substring(end));
  }

  /** Replaces each value with that of another file, or with another value of its type. */
  @Property(tries = 1000)
  void verify_changedValue_isDetected(
      @ForAll("file") String file, @ForAll("file") String other, @ForAll int which)
      throws Exception {
    ObjectNode json = JsonText.parse(file);
    List<ObjectNode> holders = new ArrayList<>();
    List<String> names = new ArrayList<>();
    collect(json, holders, names);
    int index = Math.floorMod(which, names.size());
    JsonNode before = holders.get(index).get(names.get(index));
    JsonNode foreign = JsonText.parse(other).findValue(names.get(index));
    if (foreign == null || foreign.isContainerNode() || foreign.equals(before)) {
      holders.get(index).put(names.get(index), before.isNumber() ? before.asLong() + 1 : 7);
    } else {
      holders.get(index).set(names.get(index), foreign);
    }
    assertDetectedOrUnchanged(file, text(json));
  }

  private static void collect(ObjectNode json, List<ObjectNode> holders, List<String> names) {
    for (Entry<String, JsonNode> field : json.properties()) {
      if (field.getValue() instanceof ObjectNode inner) {
        collect(inner, holders, names);
      } else {
        holders.add(json);
        names.add(field.getKey());
      }
    }
  }

  /** Changes of the notation only (white space, upper-case hex) may still verify. */
  private static void assertDetectedOrUnchanged(String file, String changed) throws Exception {
    VerificationReport report;
    try {
      report = Verifier.verify(changed, Optional.empty());
    } catch (MalformedException e) {
      return;
    }
    if (report.isVerified()) {
      assertThat(signed(changed)).isEqualTo(signed(file));
    }
  }

  private static Object content(String file) throws MalformedException {
    return file.contains(Proof.FORMAT) ? Proof.parse(file) : Receipt.parse(file);
  }

  /** Returns the signed content: a receipt's notes are not signed. */
  private static Object signed(String file) throws MalformedException {
    return content(file) instanceof Receipt receipt
        ? List.of(receipt.parties(), receipt.registration(), receipt.signedReceipt())
        : content(file);
  }

  @Test
  void verify_withCommitment_checksLocatorAndPenalty() throws Exception {
    for (String file : FILES) {
      boolean about = !file.contains("wrong_registration");
      VerificationReport right = Verifier.verify(file, Optional.of(COMMITMENT));
      VerificationReport wrong =
          Verifier.verify(file, Optional.of(Txid.fromDisplayHex("cd".repeat(32))));
      assertThat(wrong.isVerified()).isFalse();
      // The blob contains 80 zero bytes, which are not a penalty.
      assertThat(right.checks())
          .anyMatch(
              check ->
                  about
                      ? check.description().contains("the locator is that of") && check.passed()
                      : !check.passed());
      assertThat(right.isVerified()).isFalse();
    }
  }
}
