package teos.cln.jsonrpc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Splits lightningd's messages, each of which ends with two newlines. One read may contain several
 * messages or a part of one. Not thread-safe.
 */
public final class MessageReader {

  /** Largest message that is read as a whole, in bytes. A hook call has about 1 KiB. */
  static final int MAX_BYTES = 1 << 20;

  /** Bytes that are kept of a larger message: enough to find its method and its id. */
  private static final int KEPT_BYTES = 4096;

  private static final int BUFFER_BYTES = 16 << 10;

  private final InputStream input;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  public MessageReader(InputStream input) {
    this.input = input;
  }

  /**
   * A message as received.
   *
   * @param text without the newlines at its end; only its beginning if it is not complete
   * @param complete false if the message is larger than 1 MiB
   */
  public record Message(String text, boolean complete) {}

  /** Waits for the next message; empty at the end of the input. */
  public Optional<Message> read() throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    boolean complete = true;
    boolean newline = false;
    while (true) {
      int next = nextByte();
      boolean ended = next < 0 || (next == '\n' && newline);
      if (!ended) {
        newline = next == '\n';
        if (complete && message.size() >= MAX_BYTES) {
          complete = false;
        }
        if (complete) {
          message.write(next);
        }
        continue;
      }
      String text = message.toString(StandardCharsets.UTF_8).strip();
      if (!text.isEmpty()) {
        return Optional.of(
            complete
                ? new Message(text, true)
                : new Message(text.substring(0, Math.min(KEPT_BYTES, text.length())), false));
      }
      if (next < 0) {
        return Optional.empty();
      }
      message.reset();
      newline = false;
    }
  }

  private int nextByte() throws IOException {
    if (position == limit) {
      limit = input.read(buffer);
      position = 0;
      if (limit <= 0) {
        limit = 0;
        return -1;
      }
    }
    return buffer[position++] & 0xff;
  }
}
