package teos.tower.watcher;

import fr.acinq.bitcoin.Transaction;
import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Blob.BlobException;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.tower.responder.Breach;
import teos.tower.store.StoredAppointment;

/** Opens an appointment's blob with the dispute that its locator has led to. */
final class BreachFinder {

  private BreachFinder() {}

  /**
   * The breach, if the blob holds a transaction. In which byte order the txid is the key follows
   * from the order in which it begins with the locator.
   *
   * @param height of the block that the dispute is in; none while it is in the mempool
   */
  static Optional<Breach> open(
      StoredAppointment stored, Txid disputeTxid, byte[] dispute, OptionalInt height) {
    Appointment appointment = stored.appointment();
    Locator locator = appointment.locator();
    for (Dialect dialect : Dialect.values()) {
      if (!dialect.locator(disputeTxid).equals(locator)) {
        continue;
      }
      try {
        byte[] raw = Blob.decrypt(appointment.encryptedBlob(), disputeTxid, dialect);
        Optional<Txid> penalty = transaction(raw);
        if (penalty.isPresent()) {
          return Optional.of(
              new Breach(stored, dispute, disputeTxid, height, raw, penalty.get()));
        }
      } catch (BlobException e) {
        continue; // a txid that reads the same in both orders would have a second chance
      }
    }
    return Optional.empty();
  }

  /** The txid of {@code raw}, if it is one whole transaction with inputs and outputs. */
  private static Optional<Txid> transaction(byte[] raw) {
    try {
      Transaction transaction = Transaction.read(raw);
      boolean whole = Transaction.write(transaction).length == raw.length;
      boolean moves = !transaction.txIn.isEmpty() && !transaction.txOut.isEmpty();
      return whole && moves ? Optional.of(txid(transaction)) : Optional.empty();
    } catch (RuntimeException e) {
      // bitcoin-kmp has no exception of its own for bytes that are no transaction.
      return Optional.empty();
    }
  }

  private static Txid txid(Transaction transaction) {
    return Txid.ofInternal(transaction.hash.value.toByteArray());
  }
}
