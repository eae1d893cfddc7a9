package teos.tower.responder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.io.InputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.tower.store.Penalty;
import teos.tower.store.RawTransaction;
import teos.tower.store.SessionRecord;
import teos.tower.store.StoredAppointment;

class BreachDecryptorTest {

  private static final Transaction COMMITMENT = transaction(new byte[34], new byte[70]);
  private static final long LEGACY_DELAY = 2_016;
  private static final Txid DISPUTE = txid(COMMITMENT);

  private static Transaction transaction(byte[] script, byte[] witness) {
    TxIn input = new TxIn(new OutPoint(new Transaction(2, List.of(), List.of(), 0), 0), 0);
    return new Transaction(2, List.of(input), List.of(new TxOut(new Satoshi(1_000), script)), 0)
        .updateWitness(0, new ScriptWitness(List.of(new ByteVector(witness))));
  }

  private static Txid txid(Transaction transaction) {
    return Txid.fromDisplayHex(transaction.txid.toString());
  }

  private static Optional<Breach> decrypt(byte[] penalty, Dialect dialect) {
    Appointment appointment =
        new Appointment(dialect.locator(DISPUTE), Blob.encrypt(penalty, DISPUTE, dialect), 20);
    StoredAppointment stored =
        new StoredAppointment(
            appointment, SecretKey.generate(new SecureRandom()).publicKey(), "signature", 120);
    return BreachDecryptor.decrypt(
        stored,
        new Dispute(
            new RawTransaction(Transaction.write(COMMITMENT), DISPUTE), OptionalInt.empty()));
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void decryptsPenaltiesUpToTheStandardWeight(Dialect dialect) {
    int others = transaction(new byte[34], new byte[0]).weight() + 4; // longer lengths
    Transaction heaviest = transaction(new byte[34], new byte[400_000 - others]);
    assertThat(heaviest.weight()).isEqualTo(BreachPenalty.MAX_STANDARD_WEIGHT);
    assertThat(
            decrypt(Transaction.write(heaviest), dialect)
                .map(breach -> breach.penalties().getFirst().raw().txid()))
        .contains(txid(heaviest));

    Transaction heavier = transaction(new byte[34], new byte[400_001 - others]);
    assertThat(decrypt(Transaction.write(heavier), dialect)).isEmpty();
    assertThat(decrypt(Transaction.write(transaction(new byte[100_000], new byte[70])), dialect))
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void rejectsBlobsThatAreNotExactlyOneTransaction(Dialect dialect) {
    byte[] valid = Transaction.write(transaction(new byte[34], new byte[70]));
    assertThat(decrypt(valid, dialect)).isPresent();
    assertThat(decrypt(new byte[0], dialect)).isEmpty();
    assertThat(decrypt(Arrays.copyOf(valid, valid.length - 1), dialect)).isEmpty();
    assertThat(decrypt(Arrays.copyOf(valid, valid.length + 1), dialect)).isEmpty();
    Transaction empty = new Transaction(2, List.of(), List.of(), 0);
    assertThat(decrypt(Transaction.write(empty), dialect)).isEmpty();
  }

  /** The updates are from lnd: one for a legacy channel, one for a taproot channel. */
  @Test
  void decryptsSessionUpdates_withTheDelayInTheirKits() throws Exception {
    List<Long> delays = new ArrayList<>();
    ObjectMapper json = new ObjectMapper();
    try (InputStream in = BreachDecryptorTest.class.getResourceAsStream("lnd-updates.jsonl")) {
      for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
        JsonNode update = json.readTree(line);
        Penalty penalty = penalty(update);
        delays.add(penalty.selfDelay());
        long perKvb = 4 * policy(update).sweepFeeRate();
        assertThat(penalty.feeRate().orElseThrow())
            .as("lnd estimates the weight")
            .isBetween(perKvb * 99 / 100, perKvb * 102 / 100);
      }
    }
    assertThat(delays).containsExactly(LEGACY_DELAY, 0L);
  }

  private static JusticePolicy policy(JsonNode update) {
    return JusticePolicy.altruist(
        new BlobType(update.get("type").asInt()), update.get("sweep_fee_rate").asLong());
  }

  private static Penalty penalty(JsonNode update) {
    Txid txid = Txid.ofInternal(bytes(update, "txid"));
    SessionRecord session =
        SessionRecord.opened(
            SecretKey.generate(new SecureRandom()).publicKey(),
            policy(update),
            new byte[0],
            1,
            120);
    Appointment appointment =
        new Appointment(new Locator(bytes(update, "hint")), bytes(update, "blob"), 0);
    return BreachDecryptor.decrypt(
            new StoredAppointment(appointment, session.id(), "", 120),
            new Dispute(new RawTransaction(bytes(update, "commitment"), txid), OptionalInt.empty()),
            id -> Optional.of(session))
        .orElseThrow()
        .penalties()
        .getFirst()
        .penalty();
  }

  private static byte[] bytes(JsonNode update, String field) {
    return HexFormat.of().parseHex(update.get(field).asText());
  }
}
