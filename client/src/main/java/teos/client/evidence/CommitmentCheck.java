package teos.client.evidence;

import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.util.ArrayList;
import java.util.List;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Txid;

/** Whether an appointment is about a certain commitment transaction. */
final class CommitmentCheck {

  private CommitmentCheck() {}

  static List<VerificationReport.Check> check(
      Dialect dialect, Appointment appointment, Txid commitment, List<String> shows) {
    List<VerificationReport.Check> checks = new ArrayList<>();
    checks.add(
        new VerificationReport.Check(
            "the locator is that of " + commitment,
            dialect.locator(commitment).equals(appointment.locator())));
    boolean penalty = false;
    try {
      byte[] raw = Blob.decrypt(appointment.encryptedBlob(), commitment, dialect);
      Transaction transaction = Transaction.read(raw);
      penalty =
          transaction.txIn.stream()
              .anyMatch(in -> in.outPoint.txid.equals(new TxId(commitment.toString())));
      shows.add("the penalty is " + transaction.txid);
    } catch (Blob.BlobException e) {
      checks.add(new VerificationReport.Check("the blob opens with " + commitment, false));
      return checks;
    } catch (RuntimeException e) { // the reader throws many
      checks.add(new VerificationReport.Check("the blob holds a transaction", false));
      return checks;
    }
    checks.add(new VerificationReport.Check("the blob opens with " + commitment, true));
    checks.add(
        new VerificationReport.Check("the blob holds a transaction that spends from it", penalty));
    return checks;
  }
}
