package teos.bitcoin;

import teos.protocol.Txid;

/**
 * An output of a transaction, as an input names it.
 *
 * @param txid of the transaction
 * @param index of the output in it, from 0
 */
public record Outpoint(Txid txid, long index) {}
