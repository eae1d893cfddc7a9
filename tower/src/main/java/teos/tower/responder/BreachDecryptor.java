package teos.tower.responder;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.RawTransactions;
import teos.bitcoin.TransactionOutline;
import teos.justice.BreachHint;
import teos.justice.JusticeException;
import teos.justice.JusticeTransaction;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Blob.BlobException;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.SessionRecord;
import teos.tower.store.StoredAppointment;

/**
 * Opens an appointment's blob with the dispute that its locator has led to. What a stranger has put
 * into it is not made objects of: a penalty is outlined only.
 */
public final class BreachDecryptor {

  private static final Logger log = LoggerFactory.getLogger(BreachDecryptor.class);

  /** Bitcoin Core's MAX_STANDARD_TX_WEIGHT: no node relays a transaction that weighs more. */
  static final int MAX_STANDARD_WEIGHT = 400_000;

  private BreachDecryptor() {}

  /** The sessions of lnd's clients, with what has been agreed on about their blobs. */
  @FunctionalInterface
  public interface Sessions {
    /** None if {@code id} is no session's. */
    Optional<SessionRecord> of(PublicKey id);
  }

  /**
   * Returns the breach, if the blob holds a transaction that nodes may relay, or what lnd's tower
   * makes one of.
   */
  public static Optional<Breach> open(
      StoredAppointment stored, Dispute dispute, Sessions sessions) {
    return BreachHint.of(dispute.txid()).equals(stored.appointment().locator())
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
              dispute::commitment,
              dispute.txid());
      return breach(stored, dispute, raw);
    } catch (JusticeException e) {
      log.atDebug()
          .addKeyValue("uuid", stored.uuid())
          .addKeyValue("dispute", dispute.txid())
          .addKeyValue("reason", e.getMessage())
          .log("no justice transaction");
      return Optional.empty();
    }
  }

  /**
   * Returns the breach, if the blob holds a transaction that nodes may relay. In which byte order
   * the txid is the key follows from the order in which it begins with the locator.
   */
  public static Optional<Breach> open(StoredAppointment stored, Dispute dispute) {
    Appointment appointment = stored.appointment();
    for (Dialect dialect : Dialect.values()) {
      if (dialect.locator(dispute.txid()).equals(appointment.locator())) {
        Optional<Breach> breach =
            decrypt(appointment, dispute, dialect).flatMap(raw -> breach(stored, dispute, raw));
        if (breach.isPresent()) {
          return breach;
        } // else a txid that reads the same in both orders has a second chance
      }
    }
    return Optional.empty();
  }

  private static Optional<byte[]> decrypt(
      Appointment appointment, Dispute dispute, Dialect dialect) {
    try {
      return Optional.of(Blob.decrypt(appointment.encryptedBlob(), dispute.txid(), dialect));
    } catch (BlobException e) {
      return Optional.empty();
    }
  }

  private static Optional<Breach> breach(
      StoredAppointment stored, Dispute dispute, byte[] penalty) {
    return penaltyTxid(penalty)
        .map(
            txid ->
                new Breach(stored, dispute.raw(), dispute.txid(), dispute.height(), penalty, txid));
  }

  /**
   * The txid of {@code raw}, if it is one whole transaction, with inputs and outputs, to be
   * relayed.
   */
  private static Optional<Txid> penaltyTxid(byte[] raw) {
    try {
      TransactionOutline outline = RawTransactions.outline(raw);
      boolean moves = outline.inputs() > 0 && outline.outputs() > 0;
      return moves && outline.weight() <= MAX_STANDARD_WEIGHT
          ? Optional.of(outline.txid())
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
