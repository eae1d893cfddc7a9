package teos.rpc.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Check that a public and a private key belong together. */
final class KeyPairs {

  private static final byte[] PROBE = {1, 2, 3, 4};

  private KeyPairs() {}

  /**
   * Returns whether the keys belong together. Signs with one and verifies with the other, because a
   * PKCS #8 key need not contain its public key.
   */
  static boolean belong(PublicKey publicKey, PrivateKey privateKey) {
    String algorithm =
        switch (privateKey.getAlgorithm()) {
          case "EC", "ECDSA" -> "SHA256withECDSA";
          case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
          default -> "SHA256withRSA";
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(privateKey);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
