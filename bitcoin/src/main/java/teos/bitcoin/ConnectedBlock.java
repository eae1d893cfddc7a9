package teos.bitcoin;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import teos.protocol.Txid;

/**
 * Block of the best chain, kept as raw bytes with the txids of its transactions. Transactions are
 * extracted on demand, because hardly any of the thousands in a block is ever needed; so a block
 * takes little more memory than its size.
 */
public final class ConnectedBlock {

  private final BlockId id;
  private final String previousHash;
  private final List<Txid> txids;
  private final byte[] raw;

  /** Offsets in {@link #raw} of the start of each transaction, and of the end of the last one. */
  private final int[] bounds;

  ConnectedBlock(BlockId id, String previousHash, List<Txid> txids, byte[] raw, int[] bounds) {
    this.id = id;
    this.previousHash = previousHash;
    this.txids = List.copyOf(txids);
    this.raw = raw;
    this.bounds = bounds;
  }

  /** Returns the hash and height. */
  public BlockId id() {
    return id;
  }

  /** Returns the hash of the previous block, display order. */
  public String previousHash() {
    return previousHash;
  }

  /** Returns the txids of all transactions, in the order of the block (the coinbase first). */
  public List<Txid> txids() {
    return txids;
  }

  /** Returns the raw transaction, witnesses included, whose txid is at {@code index}. */
  public byte[] transaction(int index) {
    return Arrays.copyOfRange(raw, bounds[index], bounds[index + 1]);
  }

  /** Returns for each output that this block spends the spending txid; without the coinbase. */
  public Map<Outpoint, Txid> spenders() {
    Map<Outpoint, Txid> spenders = new HashMap<>();
    for (int i = 1; i < txids.size(); i++) {
      for (Outpoint input : BlockReader.inputs(raw, bounds[i])) {
        spenders.put(input, txids.get(i));
      }
    }
    return spenders;
  }

  /** Returns the height. */
  public int height() {
    return id.height();
  }

  /** Returns the length in bytes. */
  int size() {
    return raw.length;
  }
}
