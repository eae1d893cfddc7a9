package teos.protocol;

/**
 * Holder of a secp256k1 key that signs messages. {@link SecretKey} is the signer in memory; a
 * wallet can implement another one, for a key in a hardware device or in a separate process.
 * Implementations must be thread-safe.
 */
public interface Signer {

  /** Returns the public key, which must stay the same. */
  PublicKey publicKey();

  /**
   * Signs a hash with ECDSA.
   *
   * @param digest 32 bytes: the hash of the message, as {@link MessageSignature#digest} computes it
   * @return a signature with a low s, from which {@link #publicKey} is recovered
   * @throws IllegalStateException if the key cannot sign now, for example if its device is missing
   */
  RecoverableSignature sign(byte[] digest);
}
