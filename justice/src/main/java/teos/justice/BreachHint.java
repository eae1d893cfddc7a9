package teos.justice;

import fr.acinq.bitcoin.Crypto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import teos.protocol.Locator;
import teos.protocol.Txid;

/**
 * Breach hint, by which the tower finds a revoked commitment, and the key of its blob. Source:
 * lnd's {@code watchtower/blob/derivation.go}.
 */
public final class BreachHint {

  private BreachHint() {}

  /**
   * Returns the hint of a commitment: the first 16 bytes of {@code SHA256(txid)}, internal order.
   */
  public static Locator of(Txid commitment) {
    return new Locator(Arrays.copyOf(Crypto.sha256(commitment.internal()), Locator.LENGTH));
  }

  /** Returns the key of a commitment's blob: {@code SHA256(txid || txid)}, internal order. */
  static byte[] blobKey(Txid commitment) {
    byte[] txid = commitment.internal();
    return Crypto.sha256(ByteBuffer.allocate(2 * txid.length).put(txid).put(txid).array());
  }
}
