package teos.noise;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The two 32-byte outputs of HKDF-SHA256 (RFC 5869, empty info) in BOLT 8.
 *
 * @param chaining the next chaining key
 * @param key the encryption key
 */
record DerivedKeys(byte[] chaining, byte[] key) {

  private static final int LENGTH = 32;

  /** Derives the keys, with {@code chaining} as salt. */
  static DerivedKeys derive(byte[] chaining, byte[] inputKeyMaterial) {
    try {
      byte[] both =
          KDF.getInstance("HKDF-SHA256")
              .deriveData(
                  HKDFParameterSpec.ofExtract()
                      .addSalt(chaining)
                      .addIKM(inputKeyMaterial)
                      .thenExpand(new byte[0], 2 * LENGTH));
      return new DerivedKeys(
          Arrays.copyOf(both, LENGTH), Arrays.copyOfRange(both, LENGTH, 2 * LENGTH));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HKDF-SHA256 is part of every Java", e);
    }
  }
}
