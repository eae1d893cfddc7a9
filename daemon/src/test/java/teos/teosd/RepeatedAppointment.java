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
 * One appointment, sent again and again with another penalty each time, and what the tower has to
 * keep of it: the last version that it has signed for, or one that was sent after that and cut off.
 */
final class RepeatedAppointment {

  private static final int NONE = -1;
  private static final int LOWEST_FEE_RATE = 10;

  private final LightningChannel channel;
  private final ReentrantLock turn = new ReentrantLock();
  private final Set<Integer> cutOff = new HashSet<>();
  private int next;
  private int acknowledged = NONE;
  private boolean breached;

  RepeatedAppointment(LightningChannel channel) {
    this.channel = channel;
  }

  private static int feeRate(int version) {
    return LOWEST_FEE_RATE + version;
  }

  private Appointment appointment(TowerUser user, int version) {
    return user.appointment(channel.commitmentTxid(), channel.penalty(feeRate(version)));
  }

  /** Sends another version, if there has been no breach; the answer is who has signed for it. */
  Optional<PublicKey> send(TowerUser user) throws Exception {
    turn.lock();
    try {
      if (breached) {
        return Optional.empty();
      }
      int version = next++;
      cutOff.add(version);
      PublicKey tower = user.sendForReceipt(appointment(user, version)).signedBy();
      acknowledged = version;
      cutOff.clear();
      return Optional.of(tower);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Has the cheater publish: the raw commitment, unless there is no receipt or it is being sent.
   */
  Optional<String> breach() {
    if (!turn.tryLock()) {
      return Optional.empty();
    }
    try {
      if (breached || acknowledged == NONE) {
        return Optional.empty();
      }
      breached = true;
      return Optional.of(HexFormat.of().formatHex(channel.commitment()));
    } finally {
      turn.unlock();
    }
  }

  boolean isHeld() {
    return acknowledged != NONE;
  }

  boolean isBreached() {
    return breached;
  }

  private Set<Integer> versions() {
    Set<Integer> versions = new HashSet<>(cutOff);
    versions.add(acknowledged);
    return versions;
  }

  /** The txids of which one has to come into the chain. */
  Set<String> penalties() {
    return versions().stream()
        .map(version -> channel.penaltyTxid(feeRate(version)).toString())
        .collect(Collectors.toSet());
  }

  /** Whether the tower says that it watches for a version that it may watch for. */
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
