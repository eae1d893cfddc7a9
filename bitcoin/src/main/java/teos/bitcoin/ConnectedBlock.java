package teos.bitcoin;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import teos.protocol.Txid;

/**
 * A whole block of the best chain. It is kept as the bytes that bitcoind sent, with the txids
 * beside them: out of thousands of transactions hardly one is ever looked at, and a block that
 * catching up holds takes no more memory than it has bytes.
 */
public final class ConnectedBlock {

  private final BlockId id;
  private final String previousHash;
  private final List<Txid> txids;
  private final byte[] raw;

  /** Where each transaction begins in {@link #raw}, and where the last one ends. */
  private final int[] bounds;

  ConnectedBlock(BlockId id, String previousHash, List<Txid> txids, byte[] raw, int[] bounds) {
    this.id = id;
    this.previousHash = previousHash;
    this.txids = List.copyOf(txids);
    this.raw = raw;
    this.bounds = bounds;
  }

  /** Its hash and height. */
  public BlockId id() {
    return id;
  }

  /** The hash of the block under it, display order. */
  public String previousHash() {
    return previousHash;
  }

  /** The txids of all its transactions, the coinbase's first. */
  public List<Txid> txids() {
    return txids;
  }

  /** The raw transaction, with its witnesses, whose txid is at {@code index}. */
  public byte[] transaction(int index) {
    return Arrays.copyOfRange(raw, bounds[index], bounds[index + 1]);
  }

  /** Which transaction of this block spends which output; without the coinbase's input. */
  public Map<Outpoint, Txid> spenders() {
    Map<Outpoint, Txid> spenders = new HashMap<>();
    for (int i = 1; i < txids.size(); i++) {
      for (Outpoint input : BlockReader.inputs(raw, bounds[i])) {
        spenders.put(input, txids.get(i));
      }
    }
    return spenders;
  }

  public int height() {
    return id.height();
  }

  /** Bytes in it. */
  int size() {
    return raw.length;
  }
}
