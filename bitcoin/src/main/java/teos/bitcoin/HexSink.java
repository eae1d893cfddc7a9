package teos.bitcoin;

import java.io.IOException;
import java.io.Writer;
import java.util.Arrays;
import java.util.HexFormat;

/** Takes hex digits as they come, in pieces of any length, and keeps the bytes. */
final class HexSink extends Writer {

  /** What each character is worth; -1 for those that are no digit. */
  private static final byte[] DIGITS = new byte['f' + 1];

  static {
    for (int c = 0; c < DIGITS.length; c++) {
      DIGITS[c] = (byte) (HexFormat.isHexDigit(c) ? HexFormat.fromHexDigit(c) : -1);
    }
  }

  private byte[] bytes;
  private int count;
  private int half = -1;

  /**
   * @param expected how many bytes there may be; a good guess saves copying
   */
  HexSink(int expected) {
    this.bytes = new byte[Math.max(64, expected)];
  }

  @Override
  public void write(char[] chars, int offset, int length) throws IOException {
    int needed = count + length / 2 + 1;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
    }
    int i = offset;
    int end = offset + length;
    if (half >= 0 && i < end) {
      bytes[count++] = (byte) (half << 4 | digit(chars[i++]));
      half = -1;
    }
    byte[] to = bytes;
    int at = count;
    for (; i + 1 < end; i += 2) {
      to[at++] = (byte) (digit(chars[i]) << 4 | digit(chars[i + 1]));
    }
    count = at;
    if (i < end) {
      half = digit(chars[i]);
    }
  }

  private static int digit(char c) throws IOException {
    int digit = c < DIGITS.length ? DIGITS[c] : -1;
    if (digit < 0) {
      throw new HttpBitcoindRpc.Malformed("not a hex digit");
    }
    return digit;
  }

  byte[] bytes() {
    return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
