package teos.bitcoin;

import java.nio.ByteBuffer;
import java.util.List;
import teos.protocol.Txid;

/** Parses the parts of raw transactions (BIP 144) that the tower needs. */
public final class RawTransactions {

  /** Bytes of the version, and of the lock time. */
  private static final int FIELD_LENGTH = 4;

  private RawTransactions() {}

  /**
   * Returns the txid of a transaction.
   *
   * @throws IllegalArgumentException if {@code raw} is not exactly one transaction
   */
  public static Txid txid(byte[] raw) {
    return BlockReader.txid(raw);
  }

  /**
   * Parses a transaction from an untrusted source, as strictly as bitcoind does.
   *
   * @throws IllegalArgumentException if {@code raw} is not exactly one transaction
   */
  public static TransactionOutline outline(byte[] raw) {
    return BlockReader.outline(raw);
  }

  /**
   * Returns the transaction without its witnesses, which can be megabytes of tiny items. The txid
   * is the same.
   *
   * @throws IllegalArgumentException if {@code raw} is not exactly one transaction
   */
  public static byte[] withoutWitnesses(byte[] raw) {
    TransactionOutline outline = outline(raw);
    int body = outline.bodyEnd() - outline.bodyStart();
    return ByteBuffer.allocate(2 * FIELD_LENGTH + body)
        .put(raw, 0, FIELD_LENGTH)
        .put(raw, outline.bodyStart(), body)
        .put(raw, raw.length - FIELD_LENGTH, FIELD_LENGTH)
        .array();
  }

  /** Returns the outputs that a transaction spends, in the order of its inputs. */
  public static List<Outpoint> inputs(byte[] raw) {
    return BlockReader.inputs(raw, 0);
  }

  /**
   * Returns the values of a transaction's outputs in satoshi. They are not checked: an invalid
   * transaction may have any values.
   *
   * @throws IllegalArgumentException if {@code raw} does not begin with a transaction
   */
  public static long[] outputValues(byte[] raw) {
    try {
      return BlockReader.outputValues(raw);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a transaction: it is truncated", e);
    }
  }
}
