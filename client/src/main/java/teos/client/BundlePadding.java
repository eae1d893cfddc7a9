package teos.client;

import fr.acinq.bitcoin.Crypto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import teos.protocol.Blob;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Txid;

/**
 * First member of a bundle: bytes that nobody can guess and that are no transaction, so that the
 * tower skips them.
 *
 * <p>Key and nonce of a blob depend only on the commitment, so the bundle and the single penalty
 * for it are encrypted with the same key stream. The XOR of both blobs, which cooperating towers
 * know, is that of their contents. The bundle begins with known bytes and then, a few bytes later,
 * much like the single penalty, which is enough to compute all of the latter and so to decrypt
 * both. Against the padding, the XOR says nothing.
 */
final class BundlePadding {

  /** Where a transaction has the number of its inputs, after its version. */
  private static final int INPUT_COUNT = 4;

  private BundlePadding() {}

  /**
   * Returns {@code members} behind a padding as long as {@code single}. The padding is derived from
   * the members, whose signatures nobody else knows, so that the same members are the same bundle.
   *
   * @throws IllegalArgumentException if {@code members} cannot be a bundle
   */
  static List<byte[]> pad(List<byte[]> members, byte[] single) {
    Txid seed = Txid.ofInternal(Crypto.sha256(Bundle.encode(members)));
    byte[] padding =
        Arrays.copyOf(
            Blob.encrypt(new byte[single.length], seed, Dialect.V2),
            Math.max(Bundle.MIN_MEMBER_LENGTH, single.length));
    padding[INPUT_COUNT] = (byte) 0xff; // the number has 8 bytes: no transaction has so many inputs
    List<byte[]> padded = new ArrayList<>();
    padded.add(padding);
    padded.addAll(members);
    return padded;
  }
}
