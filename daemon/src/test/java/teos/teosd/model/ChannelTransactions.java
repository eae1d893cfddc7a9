package teos.teosd.model;

import fr.acinq.bitcoin.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import teos.protocol.Txid;

/**
 * All transactions that a run may make of one channel. Of dispute and close only one can be in a
 * chain, as they spend the same output; and so it is with the penalties and the rivals, which spend
 * the dispute's.
 *
 * @param dispute the revoked commitment
 * @param close a close that both sides have agreed to, which pays more than the dispute
 * @param penalties by the version of the appointment that they come with; each pays more
 * @param rivals what else may take the dispute's output: one pays less than any penalty, one more
 */
record ChannelTransactions(Tx dispute, Tx close, List<Tx> penalties, List<Tx> rivals) {

  /** A signed transaction. */
  record Tx(byte[] raw, Txid txid) {
    static Tx of(byte[] raw) {
      return new Tx(raw, Txid.ofInternal(Transaction.read(raw).hash.value.toByteArray()));
    }
  }

  /** Fee rates in satoshi per virtual byte. */
  static final int LOW_RIVAL = 3;

  static final int HIGH_RIVAL = 90;
  static final List<Integer> PENALTIES = List.of(10, 14, 18, 22, 26);

  boolean isClosedIn(Collection<Txid> chain) {
    return chain.contains(close.txid());
  }

  boolean isDisputedIn(Collection<Txid> chain) {
    return chain.contains(dispute.txid());
  }

  boolean isRivalIn(Collection<Txid> chain) {
    return rivals.stream().anyMatch(rival -> chain.contains(rival.txid()));
  }

  /** The version whose penalty is in {@code chain}. */
  Optional<Integer> penaltyIn(Collection<Txid> chain) {
    return IntStream.range(0, penalties.size())
        .filter(version -> chain.contains(penalties.get(version).txid()))
        .boxed()
        .findFirst();
  }

  /** Those that spend the dispute's output. */
  Stream<Tx> spenders() {
    return Stream.concat(penalties.stream(), rivals.stream());
  }

  Stream<Tx> all() {
    return Stream.concat(Stream.of(dispute, close), spenders());
  }
}
