package teos.client.evidence;

import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Txid;

/** Checks that an appointment is for a given commitment transaction. */
final class CommitmentCheck {

  /** Limits the text about a bundle in a file from a stranger. */
  private static final int MAX_MEMBERS = 100;

  private CommitmentCheck() {}

  /**
   * Checks the locator, the decryption of the blob, and that the penalty, or a transaction of the
   * bundle, spends from the commitment.
   *
   * @param shows receives the txids of the penalties
   */
  static List<VerificationReport.Check> check(
      Dialect dialect, Appointment appointment, Txid commitment, List<String> shows) {
    List<VerificationReport.Check> checks = new ArrayList<>();
    checks.add(
        new VerificationReport.Check(
            "the locator is that of " + commitment,
            dialect.locator(commitment).equals(appointment.locator())));
    byte[] plaintext;
    try {
      plaintext = Blob.decrypt(appointment.encryptedBlob(), commitment, dialect);
    } catch (Blob.BlobException e) {
      checks.add(
          new VerificationReport.Check("the blob can be decrypted with " + commitment, false));
      return checks;
    }
    List<byte[]> members =
        Bundle.isBundle(plaintext) ? Bundle.decode(plaintext, MAX_MEMBERS) : List.of(plaintext);
    List<Transaction> penalties =
        members.stream().flatMap(raw -> transaction(raw).stream()).toList();
    if (penalties.isEmpty()) {
      checks.add(new VerificationReport.Check("the blob contains a transaction", false));
      return checks;
    }
    String txids =
        penalties.stream()
            .map(penalty -> penalty.txid.toString())
            .collect(Collectors.joining(", "));
    shows.add(
        Bundle.isBundle(plaintext)
            ? "the blob is a bundle of these transactions: " + txids
            : "the penalty is " + txids);
    checks.add(new VerificationReport.Check("the blob can be decrypted with " + commitment, true));
    checks.add(
        new VerificationReport.Check(
            "the blob contains a transaction that spends from the commitment",
            penalties.stream().anyMatch(penalty -> spends(penalty, commitment))));
    return checks;
  }

  /** Returns the transaction; empty if the bytes are none. */
  private static Optional<Transaction> transaction(byte[] raw) {
    try {
      return Optional.of(Transaction.read(raw));
    } catch (RuntimeException e) { // Transaction.read throws various unchecked exceptions
      return Optional.empty();
    }
  }

  private static boolean spends(Transaction penalty, Txid commitment) {
    TxId parent = new TxId(commitment.toString());
    return penalty.txIn.stream().anyMatch(in -> in.outPoint.txid.equals(parent));
  }
}
