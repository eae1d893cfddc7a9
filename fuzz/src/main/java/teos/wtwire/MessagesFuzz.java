package teos.wtwire;

import java.util.Arrays;

/** What is a message is written as it was read, and all else is refused. */
public final class MessagesFuzz {

  private MessagesFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Message message;
    try {
      message = Messages.decode(data);
    } catch (WtwireException e) {
      return;
    }
    byte[] written = Messages.encode(message);
    try {
      byte[] again = Messages.encode(Messages.decode(written));
      if (!Arrays.equals(written, again) || written.length > data.length) {
        throw new AssertionError("not the same: " + message);
      }
    } catch (WtwireException e) {
      throw new AssertionError("cannot be read again: " + message, e);
    }
  }
}
