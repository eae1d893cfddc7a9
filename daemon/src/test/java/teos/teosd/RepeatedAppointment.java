package teos.teosd;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import teos.protocol.Appointment;
import teos.protocol.PublicKey;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * One appointment that is updated again and again with a new penalty. The tower must keep the last
 * version for which it gave a receipt, or one that was sent after that and got no reply.
 */
final class RepeatedAppointment {

  private static final int NONE = -1;
  private static final int MIN_FEE_RATE = 10;

  private final LightningChannel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Integer> unanswered = new HashSet<>();
  private int next;
  private int acknowledged = NONE;
  private boolean breached;

  RepeatedAppointment(LightningChannel channel) {
    this.channel = channel;
  }

  private static int feeRate(int version) {
    return MIN_FEE_RATE + version;
  }

  private Appointment appointment(TowerUser user, int version) {
    return user.appointment(channel.commitmentTxid(), channel.penalty(feeRate(version)));
  }

  /** Sends the next version unless the channel was breached; returns the signer of the receipt. */
  Optional<PublicKey> send(TowerUser user) throws Exception {
    lock.lock();
    try {
      if (breached) {
        return Optional.empty();
      }
      int version = next++;
      unanswered.add(version);
      PublicKey tower = user.sendForReceipt(appointment(user, version)).signedBy();
      acknowledged = version;
      unanswered.clear();
      return Optional.of(tower);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Marks the channel as breached and returns the raw commitment (hex); returns nothing if there is
   * no receipt yet or an update is being sent.
   */
  Optional<String> breach() {
    if (!lock.tryLock()) {
      return Optional.empty();
    }
    try {
      if (breached || acknowledged == NONE) {
        return Optional.empty();
      }
      breached = true;
      return Optional.of(HexFormat.of().formatHex(channel.commitment()));
    } finally {
      lock.unlock();
    }
  }

  boolean hasReceipt() {
    return acknowledged != NONE;
  }

  boolean isBreached() {
    return breached;
  }

  private Set<Integer> versions() {
    Set<Integer> versions = new HashSet<>(unanswered);
    versions.add(acknowledged);
    return versions;
  }

  /** Returns the txids of the allowed penalties, one of which must be confirmed. */
  Set<String> penalties() {
    return versions().stream()
        .map(version -> channel.penaltyTxid(feeRate(version)).toString())
        .collect(Collectors.toSet());
  }

  /** Returns whether the tower watches one of the allowed versions. */
  boolean isWatched(TowerUser user) throws Exception {
    TowerUser.Reply reply = user.get(appointment(user, acknowledged).locator());
    if (reply.status() != 200 || !reply.json().path("status").asText().equals("being_watched")) {
      throw new AssertionError("not watched any more: " + reply);
    }
    String blob = reply.json().path("appointment").path("encrypted_blob").asText();
    return versions().stream()
        .map(version -> appointment(user, version).encryptedBlob())
        .anyMatch(allowed -> blob.equals(HexFormat.of().formatHex(allowed)));
  }
}
