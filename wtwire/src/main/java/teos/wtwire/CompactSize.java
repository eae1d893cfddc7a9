package teos.wtwire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bitcoin's numbers of 1, 3, 5 or 9 bytes, little-endian; each has to be in its shortest form. */
final class CompactSize {

  private static final int TWO = 0xfd;
  private static final int FOUR = 0xfe;

  private CompactSize() {}

  /** Up to 65,535. */
  static void write(ByteBuffer out, int number) {
    if (number < TWO) {
      out.put((byte) number);
    } else {
      out.put((byte) TWO).putShort(Short.reverseBytes((short) number));
    }
  }

  /** Negative if it is over 2^63. */
  static long read(ByteBuffer in) throws WtwireException {
    int first = Byte.toUnsignedInt(in.get());
    if (first < TWO) {
      return first;
    }
    ByteBuffer little = in.order(ByteOrder.LITTLE_ENDIAN);
    try {
      return switch (first) {
        case TWO -> requireShortest(Short.toUnsignedInt(little.getShort()), TWO);
        case FOUR -> requireShortest(Integer.toUnsignedLong(little.getInt()), 0x1_0000L);
        default -> little.getLong();
      };
    } finally {
      in.order(ByteOrder.BIG_ENDIAN);
    }
  }

  private static long requireShortest(long number, long least) throws WtwireException {
    if (number < least) {
      throw new WtwireException("a length of " + number + " in more bytes than it needs");
    }
    return number;
  }
}
