package teos.teosd.model;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import teos.protocol.Txid;
import teos.teosd.model.ChainDriver.Mined;
import teos.testkit.simulation.ChannelTransactions;

/**
 * Model of what a tower guarantees, independent of its implementation. A run reports every change
 * of the chain and everything that the tower has signed; at the end the model says for each channel
 * which penalty must be in the chain, which may be and which must not.
 *
 * <ul>
 *   <li>The tower responds to the dispute of an appointment with a receipt if the dispute is
 *       confirmed before the user's data is purged, at {@code expiry + expiry_delta}. The same
 *       holds for an appointment sent after its dispute, if that is in the last blocks. The penalty
 *       is then in the chain at the end, unless a conflicting transaction has spent the dispute's
 *       output.
 *   <li>Until its dispute is first seen, only the last version of an appointment counts. After
 *       that, the penalty may be that of any version sent since. A version whose receipt was lost
 *       in a crash counts in addition to the one before it.
 *   <li>If one of the appointment's penalties pays more, neither a conflicting spend in the mempool
 *       nor a high minimum fee prevents it. A penalty that pays what miners want is in the chain
 *       before the deadline.
 *   <li>No other penalty is ever in the chain: none of a replaced version, and none without an
 *       appointment.
 *   <li>An appointment without a dispute is watched, unchanged, until its user's data is purged,
 *       and not after.
 * </ul>
 *
 * Where the outcome depends on what the tower had seen before a crash, the model allows either. A
 * penalty that could not be broadcast for long may be abandoned together with its user's data.
 */
final class TowerModel {

  /** Confirmations after which a penalty is complete. */
  private static final int COMPLETE = 100;

  /** Confirmations after which it is deleted, so that no reorg can reopen it. */
  private static final int FORGOTTEN = 244;

  private final TowerSettings settings;
  private final List<User> users;
  private final List<Channel> channels;

  private int highest;
  private boolean peaceful = true;
  private boolean feesRaised;

  /**
   * The tower's settings.
   *
   * @param duration subscription period, blocks
   * @param delta blocks for which the data of an expired subscription is kept
   * @param cache number of last blocks searched for the dispute of a late appointment
   */
  record TowerSettings(int duration, int delta, int cache) {}

  /** A user's subscription, as signed by the tower; -1 if there is none. */
  private static final class User {
    private long start = -1;
    private long expiry = -1;
  }

  /** A channel and the tower's knowledge of it. */
  private static final class Channel {
    private final ChannelTransactions transactions;
    private final User user;

    /** Versions whose penalty the tower may broadcast. */
    private final TreeSet<Integer> possible = new TreeSet<>();

    /** Whether the tower has given a receipt that is still binding. */
    private boolean promised;

    /** Whether the dispute has been in the chain or the mempool. */
    private boolean seen;

    /** The hash of the block with the dispute. */
    private @Nullable String block;

    private int blockHeight;

    /** Whether the tower must respond to the dispute in that block. */
    private boolean due;

    /** The block with the dispute when the tower may last have processed the whole chain. */
    private @Nullable String processedBlock;

    /** Whether the tower had to respond to the dispute in that block. */
    private boolean processedDue;

    /**
     * Whether a call to bitcoind failed when the tower accepted the appointment, so that it may
     * check later.
     */
    private boolean late;

    /** Whether something has prevented the penalty for a while. */
    private boolean obstructed;

    /**
     * Whether the penalty or a conflicting spend has been deep enough in the chain to complete the
     * dispute.
     */
    private boolean completed;

    /** Whether it has been deep enough for the tower to delete it. */
    private boolean forgotten;

    /** Whether a version was accepted after completion, as if for a new channel. */
    private boolean acceptedAfterCompletion;

    Channel(ChannelTransactions transactions, User user) {
      this.transactions = transactions;
      this.user = user;
    }
  }

  /** Status that the tower must report for a channel. */
  enum Expected {
    /** Being watched. */
    WATCHED,
    /** The tower has responded to the dispute. */
    RESPONDED,
    /** The tower does not know the appointment. */
    UNKNOWN,
    /** Any status is allowed. */
    ANYTHING
  }

  /**
   * @param owners index of the user of each channel
   * @param height of the chain when the tower is new
   */
  TowerModel(
      TowerSettings settings,
      List<ChannelTransactions> channels,
      List<Integer> owners,
      int height) {
    this.settings = settings;
    this.users =
        IntStream.rangeClosed(0, owners.stream().max(Integer::compare).orElse(0))
            .mapToObj(i -> new User())
            .toList();
    this.channels =
        IntStream.range(0, channels.size())
            .mapToObj(i -> new Channel(channels.get(i), users.get(owners.get(i))))
            .toList();
    this.highest = height;
  }

  /** Returns the height at which the user's data is purged. */
  private long end(User user) {
    return user.expiry + settings.delta();
  }

  /** Returns the greatest height that the chain has had. */
  int highest() {
    return highest;
  }

  private boolean mayBePurged(User user) {
    return user.expiry < 0 || highest >= end(user);
  }

  // Users

  /**
   * Records a registration that the tower has signed.
   *
   * @param additive whether a renewal extends the subscription instead of resetting its end
   * @param lowest minimum height of the tower at that time
   * @param highest maximum height of the tower at that time; during a reorg it goes down and up
   */
  void registered(
      int number, long start, long expiry, boolean additive, long lowest, long highest) {
    User user = users.get(number);
    boolean renewed = user.expiry >= 0 && start == user.start;
    if (!renewed) {
      require(mayBePurged(user), "user " + number + " was purged too early");
      require(lowest <= start && start <= highest, "a new subscription starts at " + start);
      forget(user);
    }
    long from = expiry - settings.duration();
    require(
        (renewed && additive) ? from == user.expiry : lowest <= from && from <= highest,
        "the subscription ends at "
            + expiry
            + ", and the tower was at "
            + lowest
            + " to "
            + highest);
    user.start = start;
    user.expiry = expiry;
  }

  private void forget(User user) {
    user.start = -1;
    user.expiry = -1;
    for (Channel channel : channels) {
      if (channel.user == user) {
        channel.promised = false;
        channel.due &= !channel.obstructed; // a penalty that bitcoind rejects is abandoned now
        if (!channel.seen) {
          channel.possible.clear();
        }
      }
    }
  }

  /**
   * Records that the tower has processed the whole chain, up to {@code height}.
   *
   * @return the users whose data must have been purged
   */
  Set<Integer> caughtUp(long height) {
    Set<Integer> gone = new HashSet<>();
    for (int i = 0; i < users.size(); i++) {
      User user = users.get(i);
      if (user.expiry >= 0 && height >= end(user)) {
        forget(user);
      }
      if (user.expiry < 0) {
        gone.add(i);
      }
    }
    processed();
    return gone;
  }

  /**
   * Records that the tower may have processed the whole chain, as at its start. If a call has
   * failed, it has not, and will respond to disputes that it need not respond to.
   */
  void processed() {
    for (Channel channel : channels) {
      channel.processedBlock = channel.block;
      channel.processedDue = channel.due;
    }
  }

  // Appointments

  /**
   * Records a receipt for a version of a channel's appointment.
   *
   * @param height minimum height of the tower at that time
   */
  void accepted(int number, int version, long height) {
    Channel channel = channels.get(number);
    require(
        channel.user.expiry >= 0 && height < channel.user.expiry,
        "accepted at " + height + ", after the subscription's end at " + channel.user.expiry);
    if (!channel.seen) {
      channel.possible.clear();
    }
    channel.possible.add(version);
    channel.promised = true;
    channel.acceptedAfterCompletion |= channel.completed;
    if (channel.block != null
        && channel.blockHeight > highest - settings.cache()
        && channel.blockHeight < end(channel.user)) {
      channel.due = true;
      channel.processedDue |= channel.block.equals(channel.processedBlock);
    }
  }

  /** Records that a call to bitcoind failed while the tower accepted a channel's appointment. */
  void late(int number) {
    channels.get(number).late = true;
  }

  /**
   * Records that the tower has crashed or stopped. Checks that it had postponed are done in the
   * last blocks at the next start, and find nothing if too many blocks have been mined since.
   */
  void ended() {
    channels.stream().filter(channel -> channel.late).forEach(channel -> channel.due = false);
  }

  /** Records a request without a reply: the tower may or may not have stored the version. */
  void unanswered(int number, int version) {
    channels.get(number).possible.add(version);
  }

  /** Checks a refusal because the signer is not registered. */
  void unknownUser(int user) {
    require(
        mayBePurged(users.get(user)), "a user is unknown although its data must not be purged yet");
  }

  /** Checks a refusal because the subscription has expired. */
  void expired(int number, long height) {
    long expiry = channels.get(number).user.expiry;
    require(height >= expiry, "expired at " + height + " while the end is at " + expiry);
  }

  /**
   * Checks a refusal because the tower is already responding to the dispute.
   *
   * @param caughtUp whether the tower has processed the current chain and mempool
   */
  void alreadyTriggered(int number, boolean caughtUp, Set<Txid> mempool) {
    Channel channel = channels.get(number);
    require(channel.seen && !channel.possible.isEmpty(), "responded without a dispute");
    // The tower rechecks a dispute that bitcoind rejects for its fee only with the next block.
    if (caughtUp && !feesRaised) {
      require(
          channel.block != null || channel.transactions.isDisputedIn(mempool),
          "an update is refused although the dispute is gone");
    }
  }

  // The chain

  /** Records the current best chain above the base, and the mempool. */
  void chainIs(List<Mined> chain, Set<Txid> mempool) {
    int before = highest;
    if (!chain.isEmpty()) {
      highest = Math.max(highest, chain.getLast().height());
    }
    for (Channel channel : channels) {
      Txid dispute = channel.transactions.dispute().txid();
      channel.seen |= mempool.contains(dispute);
      Optional<Mined> block =
          chain.stream().filter(mined -> mined.transactions().contains(dispute)).findFirst();
      String hash = block.map(Mined::hash).orElse(null);
      if (channel.block != null && !channel.block.equals(hash)) {
        channel.obstructed = true;
        channel.due = false;
      }
      if (block.isPresent() && !block.get().hash().equals(channel.block)) {
        channel.seen = true;
        channel.blockHeight = block.get().height();
        // For the tower, a block that returns before the next poll has never left the chain.
        channel.due =
            block.get().hash().equals(channel.processedBlock)
                ? channel.processedDue
                : channel.promised
                    && channel.blockHeight < end(channel.user)
                    && before < end(channel.user);
      }
      channel.block = hash;
      channel.obstructed |=
          chain.stream().anyMatch(mined -> channel.transactions.isRivalIn(mined.transactions()));
      channel.completed |= depth(channel, chain) >= COMPLETE;
      channel.forgotten |= depth(channel, chain) >= FORGOTTEN;
    }
  }

  /** Returns the confirmations of the transaction that spends the dispute's output. */
  private static int depth(Channel channel, List<Mined> chain) {
    return chain.stream()
        .filter(
            mined ->
                channel.transactions.penaltyIn(mined.transactions()).isPresent()
                    || channel.transactions.isRivalIn(mined.transactions()))
        .findFirst()
        .map(mined -> chain.getLast().height() - mined.height() + 1)
        .orElse(0);
  }

  /** Records that another transaction may spend the dispute's output or the funding. */
  void obstructed(int number) {
    channels.get(number).obstructed = true;
  }

  /** Records a fault of the node, the connection or the tower, or a reorg. */
  void recordFault() {
    peaceful = false;
  }

  /**
   * Records that penalties that pay less may be rejected, or not be mined, from now on.
   *
   * @param feeRate satoshi per virtual byte
   */
  void feesRaised(int feeRate) {
    feesRaised = true;
    channels.stream()
        .filter(channel -> channel.transactions.kind().top() < feeRate)
        .forEach(channel -> channel.obstructed = true);
  }

  /** Records that all penalties may be missing or rejected for a while. */
  void allObstructed() {
    peaceful = false;
    channels.forEach(channel -> channel.obstructed = true);
  }

  // Requirements

  /** Checks what must hold whenever the tower has processed the whole chain without faults. */
  void checkAtOnce(int number, Set<Txid> chain, Set<Txid> mempool) {
    Channel channel = channels.get(number);
    if (!peaceful || channel.obstructed) {
      return;
    }
    boolean sent =
        channel.transactions.penaltyIn(chain).isPresent()
            || channel.transactions.penaltyIn(mempool).isPresent();
    if (channel.due) {
      require(sent, "the dispute is in the chain, but the penalty was not broadcast");
    }
    boolean inMempool = channel.transactions.isDisputedIn(mempool);
    if (inMempool && channel.promised && highest < end(channel.user)) {
      require(sent, "the dispute is in the mempool, but the penalty was not broadcast");
    }
  }

  /** Returns whether an appointment with a fee ladder may still need a response. */
  boolean hasOpenLadder(Collection<Txid> chain) {
    return channels.stream()
        .anyMatch(
            channel ->
                channel.transactions.hasLadder()
                    && mustRespond(channel)
                    && channel.transactions.penaltyIn(chain).isEmpty());
  }

  /**
   * Checks that the penalty was mined before the deadline, which has passed, if any rung of its
   * ladder pays enough. A response that the tower has postponed may come later.
   *
   * @param wanted fee rate that the node and miners want, satoshi per virtual byte
   */
  void checkDeadline(int number, Set<Txid> chain, Set<Txid> mempool, int wanted) {
    Channel channel = channels.get(number);
    ChannelTransactions transactions = channel.transactions;
    boolean spent = transactions.penaltyIn(chain).isPresent() || transactions.isRivalIn(chain);
    boolean outbid = transactions.isOutbidIn(mempool);
    if (transactions.hasLadder() && mustRespond(channel) && !channel.late && !spent && !outbid) {
      require(
          transactions.kind().top() < wanted,
          "the deadline has passed, and no penalty is in the chain although one pays enough");
    }
  }

  /** Checks the chain at the end of a run. */
  void checkChain(int number, Collection<Txid> chain) {
    Channel channel = channels.get(number);
    Optional<Integer> penalty = channel.transactions.penaltyIn(chain);
    if (penalty.isPresent()) {
      require(
          channel.possible.contains(penalty.get()),
          "the penalty of version "
              + penalty.get()
              + " is in the chain, but the tower may only have versions "
              + channel.possible);
    } else if (mustRespond(channel) && !channel.transactions.isRivalIn(chain)) {
      throw new AssertionError("the dispute is in the chain, but the penalty is not");
    }
  }

  private boolean mustRespond(Channel channel) {
    boolean givenUp = channel.obstructed && mayBePurged(channel.user);
    boolean forgotten = channel.forgotten && channel.obstructed;
    return channel.due && !givenUp && !forgotten;
  }

  /**
   * Returns the status that the tower must report for the channel once it has processed the whole
   * chain.
   *
   * @param settled whether the tower has processed blocks since the last event
   */
  Expected expected(int number, List<Mined> chain, Set<Txid> mempool, boolean settled) {
    Channel channel = channels.get(number);
    boolean kept = channel.promised && highest < end(channel.user);
    if (channel.block != null) {
      if (!mustRespond(channel) || channel.acceptedAfterCompletion) {
        return Expected.ANYTHING;
      }
      return depth(channel, chain) >= COMPLETE ? Expected.UNKNOWN : Expected.RESPONDED;
    }
    if (!channel.seen) {
      return kept
          ? Expected.WATCHED
          : channel.possible.isEmpty() ? Expected.UNKNOWN : Expected.ANYTHING;
    }
    boolean gone = settled && !channel.transactions.isDisputedIn(mempool);
    return kept && gone && !channel.completed ? Expected.WATCHED : Expected.ANYTHING;
  }

  /** Returns the versions that the tower may have stored. */
  Set<Integer> possible(int number) {
    return channels.get(number).possible;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
