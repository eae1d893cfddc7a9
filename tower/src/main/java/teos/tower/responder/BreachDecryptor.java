package teos.tower.responder;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.justice.BreachHint;
import teos.justice.JusticeException;
import teos.justice.JusticeTransaction;
import teos.protocol.Appointment;
import teos.protocol.Blob;
import teos.protocol.Blob.BlobException;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.tower.store.SessionRecord;
import teos.tower.store.StoredAppointment;

/**
 * Decrypts an appointment's blob with the txid of the dispute that matches its locator. A penalty
 * is outlined, not parsed into objects: anyone may have stored anything.
 */
public final class BreachDecryptor {

  private static final Logger log = LoggerFactory.getLogger(BreachDecryptor.class);

  /** Maximum number of penalties of a bundle: further members are ignored. */
  static final int MAX_PENALTIES = 1_000;

  private BreachDecryptor() {}

  /** Looks up the sessions of lnd's clients. */
  @FunctionalInterface
  public interface Sessions {
    /** Returns the session with key {@code id}; empty if there is no such session. */
    Optional<SessionRecord> find(PublicKey id);
  }

  /**
   * Decrypts the blob of an appointment or of a session's update.
   *
   * @return the breach; empty if the blob does not yield a transaction that nodes relay
   */
  public static Optional<Breach> decrypt(
      StoredAppointment stored, Dispute dispute, Sessions sessions) {
    return BreachHint.of(dispute.txid()).equals(stored.appointment().locator())
        ? decryptSessionUpdate(stored, dispute, sessions)
        : decrypt(stored, dispute);
  }

  /** Builds the justice transaction as lnd's tower does, from the session's policy and the blob. */
  private static Optional<Breach> decryptSessionUpdate(
      StoredAppointment stored, Dispute dispute, Sessions sessions) {
    Optional<SessionRecord> session = sessions.find(stored.user());
    if (session.isEmpty()) {
      return Optional.empty();
    }
    try {
      JusticeTransaction justice =
          JusticeTransaction.build(
              stored.appointment().encryptedBlob(),
              session.get().policy(),
              session.get().rewardScript(),
              dispute::commitment,
              dispute.txid());
      return breach(
          stored, dispute, BreachPenalty.ofPlain(justice.raw(), dispute, justice.selfDelay()));
    } catch (JusticeException e) {
      log.atDebug()
          .addKeyValue("uuid", stored.uuid())
          .addKeyValue("dispute", dispute.txid())
          .addKeyValue("reason", e.getMessage())
          .log("cannot build justice transaction");
      return Optional.empty();
    }
  }

  /**
   * Decrypts the blob of an appointment. The dialect whose locator the dispute has decides in which
   * byte order the txid is the key.
   *
   * @return the breach; empty if the blob does not contain a transaction that nodes relay
   */
  public static Optional<Breach> decrypt(StoredAppointment stored, Dispute dispute) {
    Appointment appointment = stored.appointment();
    for (Dialect dialect : Dialect.values()) {
      if (dialect.locator(dispute.txid()).equals(appointment.locator())) {
        Optional<Breach> breach =
            decryptBlob(appointment, dispute, dialect)
                .flatMap(
                    plaintext ->
                        breach(
                            stored,
                            dispute,
                            penalties(plaintext, dispute, appointment.toSelfDelay())));
        if (breach.isPresent()) {
          return breach;
        } // else try the other dialect: a txid may have the same locator in both
      }
    }
    return Optional.empty();
  }

  private static Optional<byte[]> decryptBlob(
      Appointment appointment, Dispute dispute, Dialect dialect) {
    try {
      return Optional.of(Blob.decrypt(appointment.encryptedBlob(), dispute.txid(), dialect));
    } catch (BlobException e) {
      return Optional.empty();
    }
  }

  private static List<BreachPenalty> penalties(byte[] plaintext, Dispute dispute, long selfDelay) {
    return Bundle.isBundle(plaintext)
        ? BreachPenalty.ofBundle(Bundle.decode(plaintext, MAX_PENALTIES), dispute, selfDelay)
        : BreachPenalty.ofPlain(plaintext, dispute, selfDelay);
  }

  private static Optional<Breach> breach(
      StoredAppointment stored, Dispute dispute, List<BreachPenalty> penalties) {
    return penalties.isEmpty()
        ? Optional.empty()
        : Optional.of(new Breach(stored, dispute.raw(), dispute.height(), penalties));
  }
}
