package teos.bitcoin;

import fr.acinq.bitcoin.Transaction;
import java.util.List;

/**
 * A whole block of the best chain.
 *
 * @param id its hash and height
 * @param previousHash the hash of the block under it, display order
 * @param transactions all of them, the coinbase first
 */
public record ConnectedBlock(BlockId id, String previousHash, List<Transaction> transactions) {

  public ConnectedBlock {
    transactions = List.copyOf(transactions);
  }

  public int height() {
    return id.height();
  }
}
