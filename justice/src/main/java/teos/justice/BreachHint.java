package teos.justice;

import fr.acinq.bitcoin.Crypto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import teos.protocol.Locator;
import teos.protocol.Txid;

/** By what lnd's clients have a tower find a commitment, and what its blob is encrypted under. */
public final class BreachHint {

  private BreachHint() {}

  /** The hint of a commitment: the first 16 bytes of {@code SHA256(txid)}, in internal order. */
  public static Locator of(Txid commitment) {
    return new Locator(Arrays.copyOf(Crypto.sha256(commitment.internal()), Locator.LENGTH));
  }

  /** The key: {@code SHA256(txid || txid)}, in internal order. */
  static byte[] blobKey(Txid commitment) {
    byte[] txid = commitment.internal();
    return Crypto.sha256(ByteBuffer.allocate(2 * txid.length).put(txid).put(txid).array());
  }
}
