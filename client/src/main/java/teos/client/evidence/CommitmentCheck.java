package teos.client.evidence;

import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.util.ArrayList;
import java.util.List;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Txid;

/** Checks that an appointment is for a given commitment transaction. */
final class CommitmentCheck {

  private CommitmentCheck() {}

  /**
   * Checks the locator, the decryption of the blob, and that the penalty spends from the
   * commitment.
   *
   * @param shows receives the txid of the penalty
   */
  static List<VerificationReport.Check> check(
      Dialect dialect, Appointment appointment, Txid commitment, List<String> shows) {
    List<VerificationReport.Check> checks = new ArrayList<>();
    checks.add(
        new VerificationReport.Check(
            "the locator is that of " + commitment,
            dialect.locator(commitment).equals(appointment.locator())));
    boolean spends;
    try {
      byte[] raw = Blob.decrypt(appointment.encryptedBlob(), commitment, dialect);
      Transaction penalty = Transaction.read(raw);
      spends =
          penalty.txIn.stream()
              .anyMatch(in -> in.outPoint.txid.equals(new TxId(commitment.toString())));
      shows.add("the penalty is " + penalty.txid);
    } catch (Blob.BlobException e) {
      checks.add(
          new VerificationReport.Check("the blob can be decrypted with " + commitment, false));
      return checks;
    } catch (RuntimeException e) { // Transaction.read throws various unchecked exceptions
      checks.add(new VerificationReport.Check("the blob contains a transaction", false));
      return checks;
    }
    checks.add(new VerificationReport.Check("the blob can be decrypted with " + commitment, true));
    checks.add(
        new VerificationReport.Check(
            "the blob contains a transaction that spends from the commitment", spends));
    return checks;
  }
}
