package teos.bitcoin;

import java.io.IOException;
import java.io.Writer;
import java.util.Arrays;
import java.util.HexFormat;

/** Writer that decodes hex digits into bytes, in chunks of any length, even or odd. */
final class HexSink extends Writer {

  /** Value of each character; -1 if it is not a hex digit. */
  private static final byte[] DIGITS = new byte['f' + 1];

  static {
    for (int c = 0; c < DIGITS.length; c++) {
      DIGITS[c] = (byte) (HexFormat.isHexDigit(c) ? HexFormat.fromHexDigit(c) : -1);
    }
  }

  private byte[] bytes;
  private int count;

  /** Value of an odd digit that waits for the second one of its byte; -1 if there is none. */
  private int pendingDigit = -1;

  /**
   * @param expectedLength estimated number of bytes; a good estimate saves copying
   */
  HexSink(int expectedLength) {
    this.bytes = new byte[Math.max(64, expectedLength)];
  }

  @Override
  public void write(char[] chars, int offset, int length) throws IOException {
    int needed = count + length / 2 + 1;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
    }
    int i = offset;
    int end = offset + length;
    if (pendingDigit >= 0 && i < end) {
      bytes[count++] = (byte) (pendingDigit << 4 | digit(chars[i++]));
      pendingDigit = -1;
    }
    byte[] target = bytes;
    int at = count;
    for (; i + 1 < end; i += 2) {
      target[at++] = (byte) (digit(chars[i]) << 4 | digit(chars[i + 1]));
    }
    count = at;
    if (i < end) {
      pendingDigit = digit(chars[i]);
    }
  }

  private static int digit(char c) throws IOException {
    int digit = c < DIGITS.length ? DIGITS[c] : -1;
    if (digit < 0) {
      throw new RpcResponses.MalformedException("a character is not a hex digit");
    }
    return digit;
  }

  /** Returns the bytes decoded so far. */
  byte[] bytes() {
    return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
