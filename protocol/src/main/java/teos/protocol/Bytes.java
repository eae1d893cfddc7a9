package teos.protocol;

import java.nio.ByteBuffer;

/** Helpers for byte arrays. */
final class Bytes {

  private Bytes() {}

  static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  /**
   * Returns {@code value} as an unsigned 32-bit big-endian integer.
   *
   * @throws IllegalArgumentException if {@code value} is out of range
   */
  static byte[] u32(long value) {
    if (value < 0 || value > U32_MAX) {
      throw new IllegalArgumentException(value + " is not an unsigned 32-bit integer");
    }
    return ByteBuffer.allocate(Integer.BYTES).putInt((int) value).array();
  }

  static final long U32_MAX = 0xffff_ffffL;

  static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}
