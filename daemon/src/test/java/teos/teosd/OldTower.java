package teos.teosd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.RawTransactions;
import teos.protocol.Appointment;
import teos.protocol.AppointmentUuid;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.tower.store.StoredAppointment;

/** Contents of a tower from which an operator migrates; {@link OldTowerFolder} writes them. */
final class OldTower {

  /** A user and the rest of its subscription. */
  record User(PublicKey id, long slots, long start, long expiry) {}

  /**
   * A dispute to which the tower has responded.
   *
   * @param height of the block with the penalty; if unconfirmed, of the tip when it was sent
   */
  record Answered(
      StoredAppointment appointment,
      byte[] disputeTx,
      byte[] penaltyTx,
      int height,
      boolean confirmed) {

    Txid dispute() {
      return RawTransactions.txid(disputeTx);
    }

    Txid penalty() {
      return RawTransactions.txid(penaltyTx);
    }
  }

  final SecretKey key;
  final Dialect dialect;
  final List<User> users = new ArrayList<>();
  final Map<AppointmentUuid, StoredAppointment> appointments = new LinkedHashMap<>();
  final List<Answered> answered = new ArrayList<>();
  @Nullable String lastBlock;

  OldTower(SecretKey key, Dialect dialect) {
    this.key = key;
    this.dialect = dialect;
  }

  OldTower register(PublicKey user, long slots, long start, long expiry) {
    users.add(new User(user, slots, start, expiry));
    return this;
  }

  /** Adds an appointment, signed by the user. */
  StoredAppointment take(Appointment appointment, SecretKey user, long startBlock) {
    StoredAppointment stored =
        new StoredAppointment(
            appointment,
            user.publicKey(),
            MessageSignature.sign(appointment.signedBytes(), user),
            startBlock);
    appointments.put(stored.uuid(), stored);
    return stored;
  }

  void answer(
      StoredAppointment appointment,
      byte[] dispute,
      byte[] penalty,
      int height,
      boolean confirmed) {
    answered.add(new Answered(appointment, dispute, penalty, height, confirmed));
  }

  Optional<String> lastBlock() {
    return Optional.ofNullable(lastBlock);
  }
}
