package teos.bitcoin;

import org.jspecify.annotations.Nullable;
import teos.protocol.Txid;

/**
 * A transaction in bitcoind's mempool.
 *
 * @param txid its txid
 * @param raw the transaction, where it has come with the news; else it has to be asked for
 */
public record MempoolTransaction(Txid txid, byte @Nullable [] raw) {}
