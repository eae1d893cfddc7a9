package teos.noise;

/** One direction's key, which is replaced after 1,000 uses. */
final class CipherState {

  private static final int MAX_USES = 1_000;
  private static final byte[] NOTHING = {};

  private byte[] chaining;
  private byte[] key;
  private long nonce;

  CipherState(byte[] chaining, byte[] key) {
    this.chaining = chaining;
    this.key = key;
  }

  byte[] encrypt(byte[] plaintext) {
    byte[] ciphertext = Aead.encrypt(key, nonce, NOTHING, plaintext);
    advanceNonce();
    return ciphertext;
  }

  byte[] decrypt(byte[] ciphertext, String what) throws NoiseException {
    byte[] plaintext = Aead.decrypt(key, nonce, NOTHING, ciphertext, what);
    advanceNonce();
    return plaintext;
  }

  private void advanceNonce() {
    nonce++;
    if (nonce == MAX_USES) {
      DerivedKeys pair = DerivedKeys.derive(chaining, key);
      chaining = pair.chaining();
      key = pair.key();
      nonce = 0;
    }
  }
}
