package teos.cli;

import com.google.protobuf.ByteString;
import java.util.HexFormat;

/** Bytes as they are shown. */
final class Hex {

  private Hex() {}

  static String of(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /** A txid in display order, from internal order. */
  static String txid(ByteString internal) {
    byte[] display = new byte[internal.size()];
    for (int i = 0; i < display.length; i++) {
      display[i] = internal.byteAt(display.length - 1 - i);
    }
    return HexFormat.of().formatHex(display);
  }
}
