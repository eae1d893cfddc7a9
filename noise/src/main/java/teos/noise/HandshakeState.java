package teos.noise;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import teos.protocol.NativeSecp256k1;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * What both sides' handshakes go by: a hash of all that was said, and keys made of each exchange.
 */
final class HandshakeState {

  private static final String PROTOCOL = "Noise_XK_secp256k1_ChaChaPoly_SHA256";
  private static final String PROLOGUE = "lightning";
  private static final byte[] NOTHING = {};

  private byte[] hash;
  private byte[] chaining;
  private byte[] key = {};

  /**
   * @param responder the key that the initiator knows the responder by
   */
  HandshakeState(PublicKey responder) {
    hash = sha256(PROTOCOL.getBytes(StandardCharsets.US_ASCII));
    chaining = hash;
    mixHash(PROLOGUE.getBytes(StandardCharsets.US_ASCII));
    mixHash(responder.bytes());
  }

  private static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  /** Notes what was said. */
  void mixHash(byte[] said) {
    hash = sha256(hash, said);
  }

  /** Makes a key of what two keys have in common: SHA-256 of the compressed point. */
  void mixKey(SecretKey own, PublicKey other) {
    DerivedKeys pair =
        DerivedKeys.derive(chaining, NativeSecp256k1.get().ecdh(own.bytes(), other.bytes()));
    chaining = pair.chaining();
    key = pair.key();
  }

  byte[] encryptAndHash(long nonce, byte[] plaintext) {
    byte[] ciphertext = Aead.encrypt(key, nonce, hash, plaintext);
    mixHash(ciphertext);
    return ciphertext;
  }

  byte[] tag() {
    return encryptAndHash(0, NOTHING);
  }

  byte[] decryptAndHash(long nonce, byte[] ciphertext, String what) throws NoiseException {
    byte[] plaintext = Aead.decrypt(key, nonce, hash, ciphertext, what);
    mixHash(ciphertext);
    return plaintext;
  }

  /** The two keys at the end: the initiator's to send with comes first. */
  DerivedKeys split() {
    return DerivedKeys.derive(chaining, NOTHING);
  }

  /** Each direction begins with this one. */
  byte[] chaining() {
    return chaining;
  }

  static PublicKey key(byte[] compressed, String what) throws NoiseException {
    try {
      return PublicKey.of(compressed);
    } catch (IllegalArgumentException e) {
      throw new NoiseException(what + ": no key on secp256k1");
    }
  }
}
