package teos.bitcoin;

import teos.protocol.Txid;

/**
 * What a raw transaction consists of, read without an object for each of its parts: a transaction
 * of some hundred kilobytes can be made of hundreds of thousands of them.
 *
 * @param txid its txid
 * @param inputs how many inputs it has
 * @param outputs how many outputs it has
 * @param bodyAt where the inputs begin, in bytes: behind marker and flag, if there are any
 * @param bodyEnd where the outputs end
 * @param length all bytes, with witnesses
 */
public record TransactionOutline(
    Txid txid, int inputs, int outputs, int bodyAt, int bodyEnd, int length) {

  /** Version and lock time. */
  private static final int FIELDS = 4 + 4;

  /** Weight units, as BIP 141 counts them. */
  public int weight() {
    return 3 * strippedLength() + length;
  }

  private int strippedLength() {
    return FIELDS + bodyEnd - bodyAt;
  }
}
