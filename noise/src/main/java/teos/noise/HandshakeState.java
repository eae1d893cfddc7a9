package teos.noise;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import teos.protocol.NativeSecp256k1;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Symmetric state of a handshake (BOLT 8): handshake hash, chaining key and encryption key. */
final class HandshakeState {

  private static final String PROTOCOL = "Noise_XK_secp256k1_ChaChaPoly_SHA256";
  private static final String PROLOGUE = "lightning";
  private static final byte[] EMPTY = {};

  private byte[] hash;
  private byte[] chaining;
  private byte[] key = {};

  /**
   * @param responder static key of the responder
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

  /** Adds {@code data} to the handshake hash. */
  void mixHash(byte[] data) {
    hash = sha256(hash, data);
  }

  /** Adds the ECDH of two keys to the chaining key: the SHA-256 of the compressed shared point. */
  void mixKey(SecretKey own, PublicKey remote) {
    DerivedKeys derived =
        DerivedKeys.derive(chaining, NativeSecp256k1.get().ecdh(own.bytes(), remote.bytes()));
    chaining = derived.chaining();
    key = derived.key();
  }

  /** Encrypts with the handshake hash as associated data, and adds the ciphertext to the hash. */
  byte[] encryptAndHash(long nonce, byte[] plaintext) {
    byte[] ciphertext = Aead.encrypt(key, nonce, hash, plaintext);
    mixHash(ciphertext);
    return ciphertext;
  }

  /** Returns the tag of an act: the encryption of an empty message. */
  byte[] tag() {
    return encryptAndHash(0, EMPTY);
  }

  /**
   * Reverses {@link #encryptAndHash}.
   *
   * @throws NoiseException if the tag is wrong
   */
  byte[] decryptAndHash(long nonce, byte[] ciphertext, String description) throws NoiseException {
    byte[] plaintext = Aead.decrypt(key, nonce, hash, ciphertext, description);
    mixHash(ciphertext);
    return plaintext;
  }

  /** Returns the transport keys: first the one with which the initiator sends. */
  DerivedKeys split() {
    return DerivedKeys.derive(chaining, EMPTY);
  }

  /** Returns the chaining key, with which the key rotation of both directions starts. */
  byte[] chaining() {
    return chaining;
  }

  /**
   * Parses an untrusted public key.
   *
   * @throws NoiseException if it is not a point on the curve
   */
  static PublicKey parseKey(byte[] compressed, String description) throws NoiseException {
    try {
      return PublicKey.of(compressed);
    } catch (IllegalArgumentException e) {
      throw new NoiseException(description + ": not a public key on secp256k1");
    }
  }
}
