package teos.bitcoin;

import java.util.List;
import teos.protocol.Txid;

/** Reads raw transactions as far as the tower needs it. */
public final class RawTransactions {

  private RawTransactions() {}

  /**
   * The txid of a transaction.
   *
   * @throws IllegalArgumentException if {@code raw} is not a whole transaction and nothing more
   */
  public static Txid txid(byte[] raw) {
    return BlockReader.txid(raw);
  }

  /** The outputs that a transaction spends, in the order of its inputs. */
  public static List<Outpoint> inputs(byte[] raw) {
    return BlockReader.inputs(raw, 0);
  }
}
