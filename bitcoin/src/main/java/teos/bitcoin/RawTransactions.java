package teos.bitcoin;

import java.nio.ByteBuffer;
import java.util.List;
import teos.protocol.Txid;

/** Reads raw transactions as far as the tower needs it. */
public final class RawTransactions {

  /** Bytes of the version, and of the lock time. */
  private static final int FIELD_LENGTH = 4;

  private RawTransactions() {}

  /**
   * The txid of a transaction.
   *
   * @throws IllegalArgumentException if {@code raw} is not a whole transaction and nothing more
   */
  public static Txid txid(byte[] raw) {
    return BlockReader.txid(raw);
  }

  /**
   * Reads a transaction that anyone may have made.
   *
   * @throws IllegalArgumentException if {@code raw} is not a whole transaction, and nothing more,
   *     as bitcoind reads it
   */
  public static TransactionOutline outline(byte[] raw) {
    return BlockReader.outline(raw);
  }

  /**
   * The transaction without its witnesses, which may be megabytes of single bytes; it has the same
   * txid.
   *
   * @throws IllegalArgumentException if {@code raw} is not a whole transaction
   */
  public static byte[] withoutWitnesses(byte[] raw) {
    TransactionOutline outline = outline(raw);
    int body = outline.bodyEnd() - outline.bodyAt();
    return ByteBuffer.allocate(2 * FIELD_LENGTH + body)
        .put(raw, 0, FIELD_LENGTH)
        .put(raw, outline.bodyAt(), body)
        .put(raw, raw.length - FIELD_LENGTH, FIELD_LENGTH)
        .array();
  }

  /** The outputs that a transaction spends, in the order of its inputs. */
  public static List<Outpoint> inputs(byte[] raw) {
    return BlockReader.inputs(raw, 0);
  }
}
