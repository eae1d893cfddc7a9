package teos.noise;

/** Key and nonce of one direction; the key is rotated after 1,000 uses (BOLT 8). */
final class CipherState {

  private static final int MAX_USES = 1_000;
  private static final byte[] NO_ASSOCIATED_DATA = {};

  private byte[] chaining;
  private byte[] key;
  private long nonce;

  CipherState(byte[] chaining, byte[] key) {
    this.chaining = chaining;
    this.key = key;
  }

  byte[] encrypt(byte[] plaintext) {
    byte[] ciphertext = Aead.encrypt(key, nonce, NO_ASSOCIATED_DATA, plaintext);
    advanceNonce();
    return ciphertext;
  }

  byte[] decrypt(byte[] ciphertext, String description) throws NoiseException {
    byte[] plaintext = Aead.decrypt(key, nonce, NO_ASSOCIATED_DATA, ciphertext, description);
    advanceNonce();
    return plaintext;
  }

  private void advanceNonce() {
    nonce++;
    if (nonce == MAX_USES) {
      DerivedKeys rotated = DerivedKeys.derive(chaining, key);
      chaining = rotated.chaining();
      key = rotated.key();
      nonce = 0;
    }
  }
}
