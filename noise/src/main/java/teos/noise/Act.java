package teos.noise;

import java.util.Arrays;
import java.util.Locale;
import teos.protocol.PublicKey;

/**
 * Message of the handshake: version (1 byte, 0), compressed public key (33 bytes; encrypted in act
 * three, 49 bytes), tag (16 bytes). In all 50, 50 and 66 bytes.
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

  /** Returns the length of the message in bytes. */
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

  /**
   * Parses {@code message}.
   *
   * @throws NoiseException if its length or its version is not that of this act
   */
  Parts parts(byte[] message) throws NoiseException {
    if (message.length != length()) {
      throw new NoiseException(
          description() + ": " + message.length + " bytes, expected " + length());
    }
    if (message[0] != VERSION) {
      throw new NoiseException(description() + ": version " + (message[0] & 0xff) + ", expected 0");
    }
    return new Parts(
        Arrays.copyOfRange(message, 1, 1 + keyLength),
        Arrays.copyOfRange(message, 1 + keyLength, message.length));
  }

  /** Returns the name of this act for error messages. */
  String description() {
    return "act " + name().toLowerCase(Locale.ROOT) + " of the handshake";
  }

  /** Contents of a message: the key, in act three encrypted, and the tag. */
  record Parts(byte[] key, byte[] tag) {}
}
