package teos.testkit;

import fr.acinq.bitcoin.ByteVector32;
import fr.acinq.bitcoin.Crypto;
import fr.acinq.bitcoin.PrivateKey;
import fr.acinq.bitcoin.PublicKey;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** Random keys, and the key derivations of BOLT 3 that a breach needs. */
final class LightningKeys {

  private LightningKeys() {}

  static PrivateKey random(SecureRandom random) {
    byte[] bytes = new byte[32];
    do {
      random.nextBytes(bytes);
    } while (!Crypto.isPrivKeyValid(bytes));
    return new PrivateKey(bytes);
  }

  /** Returns {@code basepoint + SHA256(per_commitment_point || basepoint) * G}. */
  static PublicKey derive(PublicKey basepoint, PublicKey perCommitmentPoint) {
    return basepoint.plus(scalar(perCommitmentPoint, basepoint).publicKey());
  }

  /** Returns the private key of {@link #derive(PublicKey, PublicKey)}. */
  static PrivateKey derive(PrivateKey basepoint, PublicKey perCommitmentPoint) {
    return basepoint.plus(scalar(perCommitmentPoint, basepoint.publicKey()));
  }

  /**
   * Returns {@code revocation_basepoint * SHA256(revocation_basepoint || per_commitment_point) +
   * per_commitment_point * SHA256(per_commitment_point || revocation_basepoint)}.
   */
  static PublicKey revocation(PublicKey revocationBasepoint, PublicKey perCommitmentPoint) {
    return revocationBasepoint
        .times(scalar(revocationBasepoint, perCommitmentPoint))
        .plus(perCommitmentPoint.times(scalar(perCommitmentPoint, revocationBasepoint)));
  }

  /**
   * Returns the private key of {@link #revocation}, which only the victim can compute because it
   * needs both secrets.
   */
  static PrivateKey revocation(PrivateKey revocationBasepoint, PrivateKey perCommitmentSecret) {
    PublicKey basepoint = revocationBasepoint.publicKey();
    PublicKey point = perCommitmentSecret.publicKey();
    return revocationBasepoint
        .times(scalar(basepoint, point))
        .plus(perCommitmentSecret.times(scalar(point, basepoint)));
  }

  /** Returns the lower 48 bits of {@code SHA256(opener's payment basepoint || accepter's)}. */
  static long commitmentNumberMask(PublicKey opener, PublicKey accepter) {
    byte[] hash = Crypto.sha256(concat(opener, accepter));
    return ByteBuffer.wrap(hash, 24, 8).getLong() & 0xffff_ffff_ffffL;
  }

  private static PrivateKey scalar(PublicKey first, PublicKey second) {
    return new PrivateKey(new ByteVector32(Crypto.sha256(concat(first, second))));
  }

  private static byte[] concat(PublicKey first, PublicKey second) {
    return ByteBuffer.allocate(66)
        .put(first.value.toByteArray())
        .put(second.value.toByteArray())
        .array();
  }
}
