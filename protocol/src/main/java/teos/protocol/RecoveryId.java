package teos.protocol;

import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.OptionalInt;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Finds which of the four possible keys a signature leads back to, for one's own signatures:
 * libsecp256k1's JNI does not say, and to recover one after the other costs more than to sign.
 *
 * <p>libsecp256k1 signs with the nonce {@code k} of RFC 6979, so the point {@code R = kG} can be had
 * again: the recovery id is whether its y is odd, turned round if {@code s} was negated to be low
 * (BIP 62), which is so unless {@code s·k = z + r·d}. All arithmetic is libsecp256k1's, in constant
 * time.
 */
final class RecoveryId {

  private static final int LENGTH = 32;
  private static final String HMAC = "HmacSHA256";

  private RecoveryId() {}

  /**
   * The recovery id of the signature {@code rs} of {@code digest} by {@code key}; nothing if it was
   * not made with the nonce of RFC 6979, or if {@code R}'s x is no less than the group's order.
   */
  static OptionalInt find(byte[] digest, byte[] rs, byte[] key) {
    Secp256k1 secp256k1 = Secp256k1.get();
    byte[] nonce = nonce(digest, key);
    try {
      byte[] point = secp256k1.pubkeyCreate(nonce); // 4, x, y
      if (!Arrays.equals(point, 1, 1 + LENGTH, rs, 0, LENGTH)) {
        return OptionalInt.empty();
      }
      byte[] r = Arrays.copyOf(rs, LENGTH);
      byte[] s = Arrays.copyOfRange(rs, LENGTH, 2 * LENGTH);
      byte[] left = secp256k1.privKeyTweakMul(nonce.clone(), s);
      byte[] right = secp256k1.privKeyTweakAdd(secp256k1.privKeyTweakMul(key.clone(), r), digest);
      boolean negated = !Arrays.equals(left, right);
      if (negated && !Arrays.equals(left, secp256k1.privKeyNegate(right))) {
        return OptionalInt.empty();
      }
      boolean odd = (point[2 * LENGTH] & 1) == 1;
      return OptionalInt.of(odd == negated ? 0 : 1);
    } catch (Secp256k1Exception e) {
      return OptionalInt.empty();
    } finally {
      Arrays.fill(nonce, (byte) 0);
    }
  }

  /** RFC 6979, section 3.2, its first candidate: the others are for one in 2^127 digests. */
  private static byte[] nonce(byte[] digest, byte[] key) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      byte[] k = new byte[LENGTH];
      byte[] v = new byte[LENGTH];
      Arrays.fill(v, (byte) 1);
      for (byte round = 0; round < 2; round++) {
        mac.init(new SecretKeySpec(k, HMAC));
        mac.update(v);
        mac.update(round);
        mac.update(key);
        k = mac.doFinal(digest);
        mac.init(new SecretKeySpec(k, HMAC));
        v = mac.doFinal(v);
      }
      return mac.doFinal(v);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is part of every Java", e);
    }
  }
}
