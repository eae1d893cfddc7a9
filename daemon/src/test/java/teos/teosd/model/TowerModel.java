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
 * What a tower promises, told without any of its parts. A run tells the model all that happens to
 * the chain and all that the tower has signed; at the end the model says of each channel which
 * penalty has to be in the chain, which may be, and which must not.
 *
 * <ul>
 *   <li>An appointment with a receipt is answered when its dispute comes into the chain before its
 *       user's data goes: at {@code expiry + expiry_delta}. So is one that comes after its dispute,
 *       if that is in the last blocks. The penalty is in the chain in the end then, unless
 *       something else has taken the dispute's output.
 *   <li>Only the last version of an appointment counts until its dispute is first seen. From then
 *       on any version that was sent since may be what is answered with. A version whose receipt
 *       was lost in a crash counts beside the one before it.
 *   <li>No other penalty is ever in the chain: none of a version that was replaced, and none for
 *       whom the tower has no appointment.
 *   <li>What is not disputed is watched, as it was sent, until its user's data goes, and not after.
 * </ul>
 *
 * Where a promise depends on what the tower had seen before a crash, the model allows either. A
 * penalty that could not be sent for long may be given up with its user's data.
 */
final class TowerModel {

  /** Confirmations after which a penalty is complete. */
  private static final int COMPLETE = 100;

  /** Confirmations after which it is forgotten, so that no reorg brings it back. */
  private static final int FORGOTTEN = 244;

  private final Terms terms;
  private final List<User> users;
  private final List<Channel> channels;

  private int highest;
  private boolean peaceful = true;
  private boolean feesRaised;

  /**
   * What the tower is set to.
   *
   * @param duration blocks that a registration lasts
   * @param delta blocks for which an ended subscription's data is kept
   * @param cache last blocks in which a late appointment's dispute is looked for
   */
  record Terms(int duration, int delta, int cache) {}

  /** A user, as far as the tower is known to know them. */
  private static final class User {
    private long start = -1;
    private long expiry = -1;
  }

  /** A channel and what the tower knows of it. */
  private static final class Channel {
    private final ChannelTransactions transactions;
    private final User user;

    /** Versions that the tower may answer with. */
    private final TreeSet<Integer> possible = new TreeSet<>();

    /** The tower has given a receipt, and has not been free to forget it since. */
    private boolean promised;

    /** The dispute has been in the chain or the mempool. */
    private boolean seen;

    /** The hash of the block with the dispute. */
    private @Nullable String block;

    private int blockHeight;

    /** The dispute in that block has to be answered. */
    private boolean due;

    /** The block with the dispute when the tower had dealt with the whole chain last. */
    private @Nullable String told;

    /** Whether the dispute in that block had to be answered. */
    private boolean dueTold;

    /** The tower had no answer from bitcoind when it took the appointment, and may look later. */
    private boolean late;

    /** Something has stood against the penalty for a while. */
    private boolean hindered;

    /** The penalty, or what beat it, has been so deep in the chain that its dispute was over. */
    private boolean completed;

    /** It has been so deep that the tower could forget it. */
    private boolean forgotten;

    /** A version has been taken after that, as if it were a new channel's. */
    private boolean anew;

    Channel(ChannelTransactions transactions, User user) {
      this.transactions = transactions;
      this.user = user;
    }
  }

  /** What the tower has to say of a channel in the end. */
  enum Expected {
    /** Being watched. */
    WATCHED,
    /** Answered. */
    RESPONDED,
    /** Nothing is known of it. */
    UNKNOWN,
    /** No promise is made. */
    ANYTHING
  }

  /**
   * @param owners by channel: which user's it is
   * @param height of the chain when the tower is new
   */
  TowerModel(Terms terms, List<ChannelTransactions> channels, List<Integer> owners, int height) {
    this.terms = terms;
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

  /** Height at which the user's data goes. */
  private long end(User user) {
    return user.expiry + terms.delta();
  }

  /** The highest that the chain has been. */
  int highest() {
    return highest;
  }

  private boolean mayBeGone(User user) {
    return user.expiry < 0 || highest >= end(user);
  }

  // Users

  /**
   * The tower has signed a registration.
   *
   * @param additive whether it adds to a subscription, not sets its end anew
   * @param lowest height that the tower may have been at
   * @param highest height that it may have been at; a tower that follows a reorg goes down and up
   */
  void registered(
      int number, long start, long expiry, boolean additive, long lowest, long highest) {
    User user = users.get(number);
    boolean renewed = user.expiry >= 0 && start == user.start;
    if (!renewed) {
      require(mayBeGone(user), "user " + number + " was forgotten before the data was to go");
      require(lowest <= start && start <= highest, "a new subscription starts at " + start);
      forget(user);
    }
    long from = expiry - terms.duration();
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
        channel.due &= !channel.hindered; // what bitcoind refuses to take is given up now
        if (!channel.seen) {
          channel.possible.clear();
        }
      }
    }
  }

  /**
   * The tower has dealt with the whole chain, up to {@code height}.
   *
   * @return the users whose data has to be gone
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
    for (Channel channel : channels) {
      channel.told = channel.block;
      channel.dueTold = channel.due;
    }
    return gone;
  }

  // Appointments

  /**
   * The tower has signed for a version of a channel's appointment.
   *
   * @param height at which it may have been at the least
   */
  void accepted(int number, int version, long height) {
    Channel channel = channels.get(number);
    require(
        channel.user.expiry >= 0 && height < channel.user.expiry,
        "taken at " + height + ", after the subscription's end at " + channel.user.expiry);
    if (!channel.seen) {
      channel.possible.clear();
    }
    channel.possible.add(version);
    channel.promised = true;
    channel.anew |= channel.completed;
    if (channel.block != null
        && channel.blockHeight > highest - terms.cache()
        && channel.blockHeight < end(channel.user)) {
      channel.due = true;
      channel.dueTold |= channel.block.equals(channel.told);
    }
  }

  /** A call to bitcoind has failed while the tower took a channel's appointment. */
  void late(int number) {
    channels.get(number).late = true;
  }

  /**
   * The tower has crashed or stopped. What it was to look at later is looked for in the last blocks
   * when it starts, and is not found if they are many by then.
   */
  void ended() {
    channels.stream().filter(channel -> channel.late).forEach(channel -> channel.due = false);
  }

  /** Nothing has come back: the tower may have it or not. */
  void unanswered(int number, int version) {
    channels.get(number).possible.add(version);
  }

  /** The tower says that the signer is no user of its. */
  void unknownUser(int user) {
    require(mayBeGone(users.get(user)), "a user is not known whose data is to be there");
  }

  /** The tower says that the subscription has ended. */
  void expired(int number, long height) {
    long expiry = channels.get(number).user.expiry;
    require(height >= expiry, "expired at " + height + " while the end is at " + expiry);
  }

  /**
   * The tower says that it is answering the dispute already.
   *
   * @param caughtUp whether it has seen the chain and the mempool as they are
   */
  void alreadyTriggered(int number, boolean caughtUp, Set<Txid> mempool) {
    Channel channel = channels.get(number);
    require(channel.seen && !channel.possible.isEmpty(), "answered what nobody has disputed");
    // Of what bitcoind would not take for its fee, the tower hears again with the next block.
    if (caughtUp && !feesRaised) {
      require(
          channel.block != null || channel.transactions.isDisputedIn(mempool),
          "an update is refused although the dispute is gone");
    }
  }

  // The chain

  /** The best chain is this now, over the base. */
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
        channel.hindered = true;
        channel.due = false;
      }
      if (block.isPresent() && !block.get().hash().equals(channel.block)) {
        channel.seen = true;
        channel.blockHeight = block.get().height();
        // A block that comes back before the tower has looked has never been away for it.
        channel.due =
            block.get().hash().equals(channel.told)
                ? channel.dueTold
                : channel.promised
                    && channel.blockHeight < end(channel.user)
                    && before < end(channel.user);
      }
      channel.block = hash;
      channel.completed |= depth(channel, chain) >= COMPLETE;
      channel.forgotten |= depth(channel, chain) >= FORGOTTEN;
    }
  }

  /** Confirmations of what has taken the dispute's output. */
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

  /** Something other than the penalty may take the dispute's output, or the funding. */
  void hindered(int number) {
    channels.get(number).hindered = true;
  }

  /** The node, the line, the tower or the chain is not as it should be. */
  void trouble() {
    peaceful = false;
  }

  /** Penalties may be refused for their fee from now on. */
  void feesRaised() {
    feesRaised = true;
    allHindered();
  }

  /** All penalties may be missing or refused for a while. */
  void allHindered() {
    peaceful = false;
    channels.forEach(channel -> channel.hindered = true);
  }

  // What has to be

  /** What holds whenever the tower has dealt with the whole chain and nothing stands against it. */
  void checkAtOnce(int number, Set<Txid> chain, Set<Txid> mempool) {
    Channel channel = channels.get(number);
    if (!peaceful || channel.hindered) {
      return;
    }
    boolean sent =
        channel.transactions.penaltyIn(chain).isPresent()
            || channel.transactions.penaltyIn(mempool).isPresent();
    if (channel.due) {
      require(sent, "the dispute is in the chain, and the penalty is not sent");
    }
    boolean inMempool = channel.transactions.isDisputedIn(mempool);
    if (inMempool && channel.promised && highest < end(channel.user)) {
      require(sent, "the dispute is in the mempool, and the penalty is not sent");
    }
  }

  /** What holds of the chain in the end. */
  void checkChain(int number, Collection<Txid> chain) {
    Channel channel = channels.get(number);
    Optional<Integer> penalty = channel.transactions.penaltyIn(chain);
    if (penalty.isPresent()) {
      require(
          channel.possible.contains(penalty.get()),
          "the penalty of version "
              + penalty.get()
              + " is in the chain, and the tower was to know only of "
              + channel.possible);
    } else if (mustBeAnswered(channel) && !channel.transactions.isRivalIn(chain)) {
      throw new AssertionError("the dispute is in the chain, and the penalty is not");
    }
  }

  private boolean mustBeAnswered(Channel channel) {
    boolean givenUp = channel.hindered && mayBeGone(channel.user);
    boolean forgotten = channel.forgotten && channel.hindered;
    return channel.due && !givenUp && !forgotten;
  }

  /**
   * What the tower has to say of the channel, having seen the whole chain.
   *
   * @param settled whether it has seen blocks since anything happened
   */
  Expected expected(int number, List<Mined> chain, Set<Txid> mempool, boolean settled) {
    Channel channel = channels.get(number);
    boolean kept = channel.promised && highest < end(channel.user);
    if (channel.block != null) {
      if (!mustBeAnswered(channel) || channel.anew) {
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

  /** Versions that the tower may have. */
  Set<Integer> possible(int number) {
    return channels.get(number).possible;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
