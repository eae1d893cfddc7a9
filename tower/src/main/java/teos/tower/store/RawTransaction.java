package teos.tower.store;

import teos.protocol.Txid;

/**
 * Serialized transaction together with its txid, so that the txid is computed once.
 *
 * @param bytes the transaction, with its witnesses
 * @param txid its txid; the constructor does not check that it belongs to {@code bytes}
 */
public record RawTransaction(byte[] bytes, Txid txid) {}
