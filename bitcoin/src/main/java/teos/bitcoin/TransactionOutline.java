package teos.bitcoin;

import teos.protocol.Txid;

/**
 * Structure of a raw transaction, parsed without an object for each part: an attacker can fit
 * hundreds of thousands of parts into a few hundred kilobytes.
 *
 * @param txid its txid
 * @param inputs number of inputs
 * @param outputs number of outputs
 * @param bodyStart offset in bytes of the input count, after marker and flag if there are any
 * @param bodyEnd offset in bytes of the end of the outputs
 * @param length length in bytes, witnesses included
 */
public record TransactionOutline(
    Txid txid, int inputs, int outputs, int bodyStart, int bodyEnd, int length) {

  /** Bytes of version and lock time. */
  private static final int FIXED_FIELDS = 4 + 4;

  /** Returns the weight in weight units (BIP 141). */
  public int weight() {
    return 3 * strippedLength() + length;
  }

  private int strippedLength() {
    return FIXED_FIELDS + bodyEnd - bodyStart;
  }
}
