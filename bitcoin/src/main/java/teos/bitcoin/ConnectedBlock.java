package teos.bitcoin;

import fr.acinq.bitcoin.Transaction;
import java.util.List;
import teos.protocol.Txid;

/**
 * A whole block of the best chain.
 *
 * @param id its hash and height
 * @param previousHash the hash of the block under it, display order
 * @param transactions all of them, the coinbase first
 * @param txids their txids, in the same order
 */
public record ConnectedBlock(
    BlockId id, String previousHash, List<Transaction> transactions, List<Txid> txids) {

  public ConnectedBlock {
    transactions = List.copyOf(transactions);
    txids = List.copyOf(txids);
  }

  static ConnectedBlock of(BlockId id, String previousHash, List<Transaction> transactions) {
    List<Txid> txids =
        transactions.stream()
            .map(transaction -> Txid.ofInternal(transaction.hash.value.toByteArray()))
            .toList();
    return new ConnectedBlock(id, previousHash, transactions, txids);
  }

  public int height() {
    return id.height();
  }
}
