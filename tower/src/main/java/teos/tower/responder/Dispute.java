package teos.tower.responder;

import fr.acinq.bitcoin.Transaction;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.RawTransactions;
import teos.protocol.Txid;
import teos.tower.store.RawTransaction;

/**
 * A revoked commitment transaction that has been seen in the mempool or in a block. Not
 * thread-safe.
 */
public final class Dispute {

  private final RawTransaction raw;
  private final OptionalInt height;
  private @Nullable Transaction commitment;

  /**
   * @param raw the transaction, with its witnesses
   * @param height height of its block; empty while it is in the mempool
   */
  public Dispute(RawTransaction raw, OptionalInt height) {
    this.raw = raw;
    this.height = height;
  }

  public Txid txid() {
    return raw.txid();
  }

  RawTransaction raw() {
    return raw;
  }

  OptionalInt height() {
    return height;
  }

  /**
   * Returns the transaction without its witnesses, parsed once for all blobs.
   *
   * @throws RuntimeException if the bytes are not a transaction
   */
  Transaction commitment() {
    Transaction known = commitment;
    if (known == null) {
      known = Transaction.read(RawTransactions.withoutWitnesses(raw.bytes()));
      commitment = known;
    }
    return known;
  }
}
