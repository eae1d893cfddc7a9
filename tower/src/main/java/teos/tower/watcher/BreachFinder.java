package teos.tower.watcher;

import fr.acinq.bitcoin.Transaction;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.justice.Hint;
import teos.justice.JusticeException;
import teos.justice.JusticeTransaction;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Blob.BlobException;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.responder.Breach;
import teos.tower.store.SessionRecord;
import teos.tower.store.StoredAppointment;

/** Opens an appointment's blob with the dispute that its locator has led to. */
public final class BreachFinder {

  private static final Logger log = LoggerFactory.getLogger(BreachFinder.class);

  private BreachFinder() {}

  /** The sessions of lnd's clients, with what has been agreed on about their blobs. */
  @FunctionalInterface
  interface Sessions {
    /** None if {@code id} is no session's. */
    Optional<SessionRecord> of(PublicKey id);
  }

  /**
   * A dispute.
   *
   * @param raw the revoked commitment transaction
   * @param height of the block that it is in; none while it is in the mempool
   */
  public record Dispute(Txid txid, byte[] raw, OptionalInt height) {}

  /** The breach, if the blob holds a transaction, or what lnd's tower makes one of. */
  static Optional<Breach> open(StoredAppointment stored, Dispute dispute, Sessions sessions) {
    return Hint.of(dispute.txid()).equals(stored.appointment().locator())
        ? openOfSession(stored, dispute, sessions)
        : open(stored, dispute);
  }

  private static Optional<Breach> openOfSession(
      StoredAppointment stored, Dispute dispute, Sessions sessions) {
    Optional<SessionRecord> session = sessions.of(stored.user());
    if (session.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] raw =
          JusticeTransaction.build(
              stored.appointment().encryptedBlob(),
              session.get().policy(),
              session.get().rewardScript(),
              dispute.raw(),
              dispute.txid());
      return breach(stored, dispute, raw);
    } catch (JusticeException e) {
      log.warn("uuid={} dispute={}: {}", stored.uuid(), dispute.txid(), e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * The breach, if the blob holds a transaction. In which byte order the txid is the key follows
   * from the order in which it begins with the locator.
   */
  public static Optional<Breach> open(StoredAppointment stored, Dispute dispute) {
    Appointment appointment = stored.appointment();
    for (Dialect dialect : Dialect.values()) {
      if (!dialect.locator(dispute.txid()).equals(appointment.locator())) {
        continue;
      }
      try {
        byte[] raw = Blob.decrypt(appointment.encryptedBlob(), dispute.txid(), dialect);
        Optional<Breach> breach = breach(stored, dispute, raw);
        if (breach.isPresent()) {
          return breach;
        }
      } catch (BlobException e) {
        continue; // a txid that reads the same in both orders would have a second chance
      }
    }
    return Optional.empty();
  }

  private static Optional<Breach> breach(
      StoredAppointment stored, Dispute dispute, byte[] penalty) {
    return transaction(penalty)
        .map(
            txid ->
                new Breach(
                    stored, dispute.raw(), dispute.txid(), dispute.height(), penalty, txid));
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
