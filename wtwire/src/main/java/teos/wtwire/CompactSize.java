package teos.wtwire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Bitcoin's variable-length integers: 1, 3, 5 or 9 bytes, little-endian, in the shortest form only.
 */
final class CompactSize {

  private static final int PREFIX_U16 = 0xfd;
  private static final int PREFIX_U32 = 0xfe;

  private CompactSize() {}

  /** Writes {@code number}, from 0 to 65,535. */
  static void write(ByteBuffer out, int number) {
    if (number < PREFIX_U16) {
      out.put((byte) number);
    } else {
      out.put((byte) PREFIX_U16).putShort(Short.reverseBytes((short) number));
    }
  }

  /**
   * Reads a number. It is negative if it is 2^63 or more.
   *
   * @throws WtwireException if it is not in its shortest form
   * @throws java.nio.BufferUnderflowException if it is truncated
   */
  static long read(ByteBuffer in) throws WtwireException {
    int first = Byte.toUnsignedInt(in.get());
    if (first < PREFIX_U16) {
      return first;
    }
    ByteBuffer little = in.order(ByteOrder.LITTLE_ENDIAN);
    try {
      return switch (first) {
        case PREFIX_U16 -> requireShortest(Short.toUnsignedInt(little.getShort()), PREFIX_U16);
        case PREFIX_U32 -> requireShortest(Integer.toUnsignedLong(little.getInt()), 0x1_0000L);
        default -> little.getLong();
      };
    } finally {
      in.order(ByteOrder.BIG_ENDIAN);
    }
  }

  private static long requireShortest(long number, long minimum) throws WtwireException {
    if (number < minimum) {
      throw new WtwireException("the length " + number + " is not in its shortest form");
    }
    return number;
  }
}
