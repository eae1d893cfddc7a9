package teos.testkit.simulation;

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

/** Unspent transaction outputs of one chain (its UTXO set). */
final class UtxoSet {

  private final Map<OutPoint, Utxo> unspent = new HashMap<>();

  /**
   * An unspent output.
   *
   * @param amount satoshi
   * @param height height of its block
   */
  record Utxo(long amount, int height, boolean coinbase) {}

  /** Returns the set after {@code tip}. */
  static UtxoSet at(SimulatedBlock tip) {
    Deque<SimulatedBlock> chain = new ArrayDeque<>();
    for (@Nullable SimulatedBlock block = tip; block != null; block = block.parent()) {
      chain.push(block);
    }
    UtxoSet utxos = new UtxoSet();
    chain.forEach(utxos::connect);
    return utxos;
  }

  /**
   * Applies a block.
   *
   * @throws IllegalArgumentException if the block spends an output that is not in the set
   */
  void connect(SimulatedBlock block) {
    for (Transaction transaction : block.transactions()) {
      if (!transaction.isCoinbase()) {
        spend(transaction);
      }
      for (int i = 0; i < transaction.txOut.size(); i++) {
        unspent.put(
            new OutPoint(transaction, i),
            new Utxo(
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

  Optional<Utxo> find(OutPoint output) {
    return Optional.ofNullable(unspent.get(output));
  }

  /** Returns whether any output of {@code transaction} is in the set. */
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
