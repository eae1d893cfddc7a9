package teos.cli;

import com.google.protobuf.ByteString;
import java.util.HexFormat;

/** Bytes as lower-case hex. */
final class Hex {

  private Hex() {}

  static String of(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /** Returns a txid in display order, given in internal order. */
  static String txid(ByteString internal) {
    return of(reversed(internal));
  }

  static ByteString reversed(ByteString bytes) {
    byte[] reversed = new byte[bytes.size()];
    for (int i = 0; i < reversed.length; i++) {
      reversed[i] = bytes.byteAt(reversed.length - 1 - i);
    }
    return ByteString.copyFrom(reversed);
  }
}
