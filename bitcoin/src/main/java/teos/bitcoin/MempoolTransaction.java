package teos.bitcoin;

import org.jspecify.annotations.Nullable;
import teos.protocol.Txid;

/**
 * Transaction in bitcoind's mempool.
 *
 * @param txid its txid
 * @param raw the serialized transaction, if it came from the ZMQ feed; null if it must be fetched
 *     ({@link BlockProcessor#mempoolTransaction})
 */
public record MempoolTransaction(Txid txid, byte @Nullable [] raw) {}
