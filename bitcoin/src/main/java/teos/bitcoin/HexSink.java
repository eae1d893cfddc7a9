package teos.bitcoin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;

/** Takes hex digits as they come, in pieces of any length, and keeps the bytes. */
final class HexSink extends Writer {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
  private int half = -1;

  @Override
  public void write(char[] chars, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      if (!HexFormat.isHexDigit(chars[i])) {
        throw new IOException("not a hex digit in bitcoind's answer");
      }
      int digit = HexFormat.fromHexDigit(chars[i]);
      if (half < 0) {
        half = digit;
      } else {
        bytes.write(half << 4 | digit);
        half = -1;
      }
    }
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
