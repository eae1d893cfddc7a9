package teos.justice;

import java.util.List;

/**
 * How an output of a commitment is spent.
 *
 * @param script of the output
 * @param witness what spends it
 * @param sequence of the input
 */
record Spend(byte[] script, List<byte[]> witness, long sequence) {}
