package teos.noise;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The two keys of 32 bytes that HKDF-SHA256 (RFC 5869, no info) makes of a chaining key and of what
 * is new: the next chaining key, and one to encrypt with.
 */
record DerivedKeys(byte[] chaining, byte[] key) {

  private static final int LENGTH = 32;

  static DerivedKeys derive(byte[] chaining, byte[] fresh) {
    try {
      byte[] both =
          KDF.getInstance("HKDF-SHA256")
              .deriveData(
                  HKDFParameterSpec.ofExtract()
                      .addSalt(chaining)
                      .addIKM(fresh)
                      .thenExpand(new byte[0], 2 * LENGTH));
      return new DerivedKeys(
          Arrays.copyOf(both, LENGTH), Arrays.copyOfRange(both, LENGTH, 2 * LENGTH));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HKDF-SHA256 is part of every Java", e);
    }
  }
}
