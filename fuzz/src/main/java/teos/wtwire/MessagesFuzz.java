package teos.wtwire;

import java.util.Arrays;

/**
 * Fuzz target for the wtwire decoder. Encoding and decoding a decoded message must not change it.
 */
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
        throw new AssertionError("encoding and decoding changes the message: " + message);
      }
    } catch (WtwireException e) {
      throw new AssertionError("the encoded message cannot be decoded: " + message, e);
    }
  }
}
