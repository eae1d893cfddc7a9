package teos.bitcoin;

import java.io.IOException;
import java.io.Writer;
import java.util.Arrays;
import java.util.HexFormat;

/** Takes hex digits as they come, in pieces of any length, and keeps the bytes. */
final class HexSink extends Writer {

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
    for (int i = offset; i < offset + length; i++) {
      if (!HexFormat.isHexDigit(chars[i])) {
        throw new IOException("not a hex digit in bitcoind's answer");
      }
      int digit = HexFormat.fromHexDigit(chars[i]);
      if (half < 0) {
        half = digit;
      } else {
        bytes[count++] = (byte) (half << 4 | digit);
        half = -1;
      }
    }
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, count);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
