package teos.noise;

import java.nio.ByteBuffer;
import teos.protocol.PublicKey;

/**
 * Transport after the handshake. A message is sent as its encrypted length (2 bytes, big-endian,
 * and a tag of 16 bytes), followed by its encrypted body (and a tag of 16 bytes).
 */
final class Session {

  /** Bytes of the longest message. */
  static final int MAX_MESSAGE = 65_535;

  /** Bytes of the encrypted length. */
  static final int HEADER_LENGTH = Short.BYTES + Aead.TAG_LENGTH;

  private final PublicKey remoteKey;
  private final CipherState sending;
  private final CipherState receiving;

  Session(PublicKey remoteKey, CipherState sending, CipherState receiving) {
    this.remoteKey = remoteKey;
    this.sending = sending;
    this.receiving = receiving;
  }

  /** Returns the static key of the other side. */
  PublicKey remoteKey() {
    return remoteKey;
  }

  /**
   * Returns the bytes to send for {@code message}.
   *
   * @throws IllegalArgumentException if {@code message} is longer than {@link #MAX_MESSAGE}
   */
  byte[] encrypt(byte[] message) {
    if (message.length > MAX_MESSAGE) {
      throw new IllegalArgumentException(
          "a message of " + message.length + " bytes, expected up to " + MAX_MESSAGE);
    }
    byte[] length = {(byte) (message.length >> 8), (byte) message.length};
    byte[] header = sending.encrypt(length);
    byte[] body = sending.encrypt(message);
    return ByteBuffer.allocate(header.length + body.length).put(header).put(body).array();
  }

  /**
   * Returns the number of bytes that follow {@code header}, with the tag.
   *
   * @throws NoiseException if {@code header} was modified
   */
  int bodyLength(byte[] header) throws NoiseException {
    byte[] length = receiving.decrypt(header, "the length of a message");
    return Short.toUnsignedInt(ByteBuffer.wrap(length).getShort()) + Aead.TAG_LENGTH;
  }

  /**
   * Decrypts the body of a message.
   *
   * @throws NoiseException if it was modified
   */
  byte[] decrypt(byte[] body) throws NoiseException {
    return receiving.decrypt(body, "a message");
  }
}
