package teos.wtwire;

import java.util.Arrays;

/** Fuzzes the decoder; a decoded message must survive encoding and decoding. */
public final class MessagesFuzz {

  private MessagesFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Message message;
    try {
      message = Messages.decode(data);
    } catch (WtwireException e) {
      return;
    }
    byte[] encoded = Messages.encode(message);
    try {
      byte[] reencoded = Messages.encode(Messages.decode(encoded));
      if (!Arrays.equals(encoded, reencoded) || encoded.length > data.length) {
        throw new AssertionError("not the same: " + message);
      }
    } catch (WtwireException e) {
      throw new AssertionError("cannot be read again: " + message, e);
    }
  }
}
