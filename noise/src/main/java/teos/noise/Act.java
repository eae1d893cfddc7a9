package teos.noise;

import java.util.Arrays;
import java.util.Locale;
import teos.protocol.PublicKey;

/**
 * A message of the handshake: a version (0), a key of 33 bytes (in the third act encrypted, 49),
 * and a tag of 16.
 */
enum Act {
  ONE(PublicKey.LENGTH),
  TWO(PublicKey.LENGTH),
  THREE(PublicKey.LENGTH + Aead.TAG_LENGTH);

  private static final byte VERSION = 0;

  private final int keyLength;

  Act(int keyLength) {
    this.keyLength = keyLength;
  }

  int length() {
    return 1 + keyLength + Aead.TAG_LENGTH;
  }

  @SuppressWarnings("UnsafeFinalization") // arraycopy keeps no native memory
  byte[] message(byte[] key, byte[] tag) {
    byte[] message = new byte[length()];
    message[0] = VERSION;
    System.arraycopy(key, 0, message, 1, keyLength);
    System.arraycopy(tag, 0, message, 1 + keyLength, Aead.TAG_LENGTH);
    return message;
  }

  /** What is in {@code message}, which is of this act's length and version. */
  Parts parts(byte[] message) throws NoiseException {
    if (message.length != length()) {
      throw new NoiseException(description() + ": " + message.length + " bytes, not " + length());
    }
    if (message[0] != VERSION) {
      throw new NoiseException(description() + ": version " + (message[0] & 0xff) + ", not 0");
    }
    return new Parts(
        Arrays.copyOfRange(message, 1, 1 + keyLength),
        Arrays.copyOfRange(message, 1 + keyLength, message.length));
  }

  String description() {
    return "act " + name().toLowerCase(Locale.ROOT) + " of the handshake";
  }

  record Parts(byte[] key, byte[] tag) {}
}
