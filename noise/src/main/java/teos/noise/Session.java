package teos.noise;

import java.nio.ByteBuffer;
import teos.protocol.PublicKey;

/**
 * What a handshake has led to. A message is sent as its length (2 bytes, big-endian) with a tag of
 * 16, and then itself with another.
 */
final class Session {

  /** The most bytes in a message. */
  static final int MAX_MESSAGE = 65_535;

  /** Bytes before a message: its length, encrypted. */
  static final int HEADER_LENGTH = Short.BYTES + Aead.TAG_LENGTH;

  private final PublicKey remoteKey;
  private final CipherState sending;
  private final CipherState receiving;

  Session(PublicKey other, CipherState sending, CipherState receiving) {
    this.remoteKey = other;
    this.sending = sending;
    this.receiving = receiving;
  }

  /** Who the other side is. */
  PublicKey remoteKey() {
    return remoteKey;
  }

  /**
   * @throws IllegalArgumentException if {@code message} is too long
   */
  byte[] encrypt(byte[] message) {
    if (message.length > MAX_MESSAGE) {
      throw new IllegalArgumentException(
          "a message of " + message.length + " bytes; there may be " + MAX_MESSAGE);
    }
    byte[] length = {(byte) (message.length >> 8), (byte) message.length};
    byte[] header = sending.encrypt(length);
    byte[] body = sending.encrypt(message);
    return ByteBuffer.allocate(header.length + body.length).put(header).put(body).array();
  }

  /** Bytes that follow on {@code header}. */
  int bodyLength(byte[] header) throws NoiseException {
    byte[] length = receiving.decrypt(header, "the length of a message");
    return Short.toUnsignedInt(ByteBuffer.wrap(length).getShort()) + Aead.TAG_LENGTH;
  }

  byte[] decrypt(byte[] body) throws NoiseException {
    return receiving.decrypt(body, "a message");
  }
}
