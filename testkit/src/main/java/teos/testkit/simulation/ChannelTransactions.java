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
 * @param penalties for each version of the appointment, its penalties, the cheapest first; each
 *     version pays more than the one before
 * @param rivals other spends of the dispute's output, at the rates {@link #RIVALS}
 * @param children the cheater's spends of the anchor of a zero-fee commitment, which pay for it:
 *     one pays less than any penalty, one more; empty for other commitments
 */
public record ChannelTransactions(
    ChannelKind kind,
    Tx dispute,
    Tx close,
    List<List<Tx>> penalties,
    List<Tx> rivals,
    List<Tx> children) {

  /** A signed transaction. */
  public record Tx(byte[] raw, Txid txid) {
    /** Parses a raw transaction. */
    public static Tx of(byte[] raw) {
      return new Tx(raw, Txid.ofInternal(Transaction.read(raw).hash.value.toByteArray()));
    }

    private int inputs() {
      return Transaction.read(raw).txIn.size();
    }
  }

  /**
   * Fee rates of the rivals, satoshi per virtual byte: less than any penalty, less than the last
   * rungs of ladders, and more than any penalty.
   */
  public static final List<Integer> RIVALS = List.of(3, 90, 300);

  /** Fees of the cheater's children, satoshi. */
  static final List<Long> CHILD_FEES = List.of(400L, 90_000L);

  public boolean hasLadder() {
    return kind.hasLadder();
  }

  /** Returns whether a penalty of the appointment can replace that rival. */
  public boolean canOutbid(int rival) {
    return RIVALS.get(rival) < kind.top();
  }

  /** Returns whether {@code mempool} has a rival that no penalty can replace. */
  public boolean isOutbidIn(Collection<Txid> mempool) {
    return IntStream.range(0, rivals.size())
        .anyMatch(rival -> !canOutbid(rival) && mempool.contains(rivals.get(rival).txid()));
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

  /** Returns the version of which a penalty is in {@code chain}. */
  public Optional<Integer> penaltyIn(Collection<Txid> chain) {
    return IntStream.range(0, penalties.size())
        .filter(version -> !penaltiesIn(version, chain).isEmpty())
        .boxed()
        .findFirst();
  }

  /** Returns the penalties of a version that are in {@code chain}, or in a mempool. */
  public List<Tx> penaltiesIn(int version, Collection<Txid> chain) {
    return penalties.get(version).stream().filter(tx -> chain.contains(tx.txid())).toList();
  }

  /** Returns whether {@code chain} has spent the anchor that {@code penalty} spends. */
  public boolean isInvalidIn(Tx penalty, Collection<Txid> chain) {
    return penalty.inputs() > 1 && children.stream().anyMatch(tx -> chain.contains(tx.txid()));
  }

  /** Returns the transactions that spend the dispute's output. */
  public Stream<Tx> spenders() {
    return Stream.concat(allPenalties(), rivals.stream());
  }

  /** Returns the penalties of all versions. */
  public Stream<Tx> allPenalties() {
    return penalties.stream().flatMap(List::stream);
  }

  public Stream<Tx> all() {
    return Stream.concat(Stream.of(dispute, close), spenders());
  }
}
