package teos.testkit.simulation;

import fr.acinq.bitcoin.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import teos.protocol.Txid;

/**
 * Transactions of one channel in a simulated run. Only one of dispute and close can be in a chain,
 * because both spend the funding output; likewise only one of the penalties and rivals, which spend
 * the dispute's output.
 *
 * @param dispute the revoked commitment transaction
 * @param close a mutual close, which pays more than the dispute
 * @param penalties one for each version of the appointment; each pays more than the one before
 * @param ladders for each version, costlier penalties of its bundle, the cheapest first; empty if
 *     the appointments have a single penalty
 * @param rivals other spends of the dispute's output: one pays less than any penalty, one more than
 *     those that are not the last of a ladder
 */
public record ChannelTransactions(
    Tx dispute, Tx close, List<Tx> penalties, List<List<Tx>> ladders, List<Tx> rivals) {

  /** A signed transaction. */
  public record Tx(byte[] raw, Txid txid) {
    /** Parses a raw transaction. */
    public static Tx of(byte[] raw) {
      return new Tx(raw, Txid.ofInternal(Transaction.read(raw).hash.value.toByteArray()));
    }
  }

  /** Fee rate of the low rival, satoshi per virtual byte. */
  public static final int LOW_RIVAL = 3;

  /** Fee rate of the high rival, satoshi per virtual byte. */
  public static final int HIGH_RIVAL = 90;

  /** Fee rates of the penalties, satoshi per virtual byte. */
  public static final List<Integer> PENALTIES = List.of(10, 14, 18, 22, 26);

  /**
   * Fee rates of the other rungs of version 0, satoshi per virtual byte; later versions pay more.
   */
  public static final List<Integer> RUNGS = List.of(40, 120);

  /** Returns whether the appointments are bundles with a fee ladder. */
  public boolean hasLadder() {
    return !ladders.isEmpty();
  }

  /** Returns the penalties of a version of the appointment, the cheapest first. */
  public List<Tx> penaltiesOf(int version) {
    Stream<Tx> others = hasLadder() ? ladders.get(version).stream() : Stream.empty();
    return Stream.concat(Stream.of(penalties.get(version)), others).toList();
  }

  public boolean isClosedIn(Collection<Txid> chain) {
    return chain.contains(close.txid());
  }

  public boolean isDisputedIn(Collection<Txid> chain) {
    return chain.contains(dispute.txid());
  }

  public boolean isRivalIn(Collection<Txid> chain) {
    return rivals.stream().anyMatch(rival -> chain.contains(rival.txid()));
  }

  /** Returns the version whose penalty is in {@code chain}. */
  public Optional<Integer> penaltyIn(Collection<Txid> chain) {
    return IntStream.range(0, penalties.size())
        .filter(
            version ->
                penaltiesOf(version).stream().anyMatch(penalty -> chain.contains(penalty.txid())))
        .boxed()
        .findFirst();
  }

  /** Returns the transactions that spend the dispute's output. */
  public Stream<Tx> spenders() {
    return Stream.concat(allPenalties(), rivals.stream());
  }

  /** Returns the penalties of all versions. */
  public Stream<Tx> allPenalties() {
    return IntStream.range(0, penalties.size())
        .boxed()
        .flatMap(version -> penaltiesOf(version).stream());
  }

  public Stream<Tx> all() {
    return Stream.concat(Stream.of(dispute, close), spenders());
  }
}
