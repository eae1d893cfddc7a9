package teos.teosd.model;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import fr.acinq.bitcoin.TxIn;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The unspent outputs of one chain. */
final class Coins {

  private final Map<OutPoint, Coin> unspent = new HashMap<>();

  /**
   * An unspent output.
   *
   * @param amount satoshi
   * @param height of the block it is in
   */
  record Coin(long amount, int height, boolean coinbase) {}

  /** Those at {@code tip}. */
  static Coins at(SimulatedBlock tip) {
    Deque<SimulatedBlock> chain = new ArrayDeque<>();
    for (@Nullable SimulatedBlock block = tip; block != null; block = block.parent()) {
      chain.push(block);
    }
    Coins coins = new Coins();
    chain.forEach(coins::connect);
    return coins;
  }

  /**
   * @throws IllegalArgumentException if the block spends what is not there
   */
  void connect(SimulatedBlock block) {
    for (Transaction transaction : block.transactions()) {
      if (!transaction.isCoinbase()) {
        spend(transaction);
      }
      for (int i = 0; i < transaction.txOut.size(); i++) {
        unspent.put(
            new OutPoint(transaction, i),
            new Coin(
                transaction.txOut.get(i).amount.toLong(),
                block.height(),
                transaction.isCoinbase()));
      }
    }
  }

  private void spend(Transaction transaction) {
    for (TxIn input : transaction.txIn) {
      if (unspent.remove(input.outPoint) == null) {
        throw new IllegalArgumentException(
            "bad-txns-inputs-missingorspent: " + input.outPoint + " of " + transaction.txid);
      }
    }
  }

  Optional<Coin> find(OutPoint output) {
    return Optional.ofNullable(unspent.get(output));
  }

  /** Whether any output of {@code transaction} is there. */
  boolean hasOutputOf(Transaction transaction) {
    TxId txid = transaction.txid;
    for (int i = 0; i < transaction.txOut.size(); i++) {
      if (unspent.containsKey(new OutPoint(txid, i))) {
        return true;
      }
    }
    return false;
  }
}
