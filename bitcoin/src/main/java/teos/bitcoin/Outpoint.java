package teos.bitcoin;

import teos.protocol.Txid;

/**
 * Reference to an output of a transaction.
 *
 * @param txid the transaction
 * @param index position of the output in the transaction, from 0; unsigned 32-bit integer
 */
public record Outpoint(Txid txid, long index) {}
