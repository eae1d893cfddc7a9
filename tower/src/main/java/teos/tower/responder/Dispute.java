package teos.tower.responder;

import fr.acinq.bitcoin.Transaction;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.RawTransactions;
import teos.protocol.Txid;

/** A revoked commitment transaction that has been seen in the mempool or in a block. */
public final class Dispute {

  private final Txid txid;
  private final byte[] raw;
  private final OptionalInt height;
  private @Nullable Transaction commitment;

  /**
   * @param raw the transaction, with its witnesses
   * @param height of the block that it is in; none while it is in the mempool
   */
  public Dispute(Txid txid, byte[] raw, OptionalInt height) {
    this.txid = txid;
    this.raw = raw;
    this.height = height;
  }

  public Txid txid() {
    return txid;
  }

  byte[] raw() {
    return raw;
  }

  OptionalInt height() {
    return height;
  }

  /**
   * Returns the transaction without its witnesses, read once for all blobs that it opens.
   *
   * @throws RuntimeException if it is none
   */
  Transaction commitment() {
    Transaction known = commitment;
    if (known == null) {
      known = Transaction.read(RawTransactions.withoutWitnesses(raw));
      commitment = known;
    }
    return known;
  }
}
