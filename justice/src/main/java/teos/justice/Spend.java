package teos.justice;

import java.util.List;

/**
 * Spend of an output of a commitment.
 *
 * @param script script of the output (scriptPubKey)
 * @param witness witness stack of the input
 * @param sequence sequence number of the input
 */
record Spend(byte[] script, List<byte[]> witness, long sequence) {}
