package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Satoshi;
import fr.acinq.bitcoin.ScriptWitness;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxIn;
import fr.acinq.bitcoin.TxOut;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.tower.store.RawTransaction;
import teos.tower.store.StoredAppointment;

class BreachDecryptorTest {

  private static final Transaction COMMITMENT = transaction(new byte[34], new byte[70]);
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
}
