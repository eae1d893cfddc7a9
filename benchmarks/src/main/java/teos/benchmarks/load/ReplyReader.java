package teos.benchmarks.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one HTTP/1.x answer after another from a connection, with as little work as that takes: the
 * machine's processors are to be the tower's. The body is as long as Content-Length says, in
 * chunks, or as long as the connection lasts (RFC 9112, 6.3).
 */
final class ReplyReader {

  private static final int FIRST_SIZE = 8 * 1024;
  private static final int LARGEST = 64 * 1024 * 1024;
  private static final byte[] CONTENT_LENGTH = lower("content-length:");
  private static final byte[] CHUNKED = lower("transfer-encoding: chunked");
  private static final byte[] CLOSE = lower("connection: close");
  private static final byte[] KEEP_ALIVE = lower("connection: keep-alive");

  private byte[] buffer = new byte[FIRST_SIZE];
  private int filled;
  private int status;
  private int bodyStart;
  private int bodyLength;
  private boolean lasts;

  private static byte[] lower(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Thrown when the other side has ended the connection before it said anything. */
  static final class NothingCameException extends IOException {
    NothingCameException() {
      super("the connection was closed before an answer came");
    }
  }

  /**
   * Reads the next answer, which the getters then tell of, until the next call.
   *
   * @throws NothingCameException if the connection ends before the first byte
   * @throws IOException if it is no HTTP, or not whole
   */
  void read(InputStream in) throws IOException {
    filled = 0;
    int headersEnd = 0;
    while (headersEnd == 0) {
      int from = Math.max(0, filled - 3);
      more(in);
      headersEnd = endOfHeaders(from);
    }
    if (buffer[0] != 'H' || filled < 12) {
      throw new IOException("not HTTP: " + text(0, Math.min(filled, 40)));
    }
    status = (buffer[9] - '0') * 100 + (buffer[10] - '0') * 10 + buffer[11] - '0';
    lasts = buffer[7] == '1' ? !has(CLOSE, headersEnd) : has(KEEP_ALIVE, headersEnd);
    bodyStart = headersEnd;
    int lengthAt = find(CONTENT_LENGTH, headersEnd);
    if (has(CHUNKED, headersEnd)) {
      readChunks(in);
    } else if (lengthAt >= 0) {
      bodyLength = number(lengthAt);
      fill(in, bodyStart + bodyLength);
    } else if (status == 204 || status == 304) {
      bodyLength = 0;
    } else {
      lasts = false;
      readToEnd(in);
    }
  }

  int status() {
    return status;
  }

  /** Whether the connection is open for another request. */
  boolean lasts() {
    return lasts;
  }

  /** A copy of the body. */
  byte[] body() {
    return Arrays.copyOfRange(buffer, bodyStart, bodyStart + bodyLength);
  }

  boolean hasBody(byte[] expected) {
    return Arrays.equals(buffer, bodyStart, bodyStart + bodyLength, expected, 0, expected.length);
  }

  private boolean moreUnlessEnded(InputStream in) throws IOException {
    if (filled == buffer.length) {
      if (buffer.length >= LARGEST) {
        throw new IOException("an answer of more than " + LARGEST + " bytes");
      }
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    int count = in.read(buffer, filled, buffer.length - filled);
    filled += Math.max(0, count);
    return count >= 0;
  }

  private void more(InputStream in) throws IOException {
    if (!moreUnlessEnded(in)) {
      throw filled == 0
          ? new NothingCameException()
          : new IOException("the connection was closed within an answer");
    }
  }

  private void fill(InputStream in, int end) throws IOException {
    while (filled < end) {
      more(in);
    }
  }

  private int endOfHeaders(int from) {
    for (int i = from; i + 3 < filled; i++) {
      if (buffer[i] == '\r'
          && buffer[i + 1] == '\n'
          && buffer[i + 2] == '\r'
          && buffer[i + 3] == '\n') {
        return i + 4;
      }
    }
    return 0;
  }

  /** What follows {@code name}, at the start of a line before {@code end}; -1 if it is in none. */
  private int find(byte[] name, int end) {
    for (int i = 0; i + name.length < end; i++) {
      if (buffer[i] == '\n' && matches(name, i + 1)) {
        return i + 1 + name.length;
      }
    }
    return -1;
  }

  private boolean has(byte[] line, int end) {
    return find(line, end) >= 0;
  }

  private boolean matches(byte[] name, int at) {
    for (int i = 0; i < name.length; i++) {
      byte found = buffer[at + i];
      if (name[i] != (found >= 'A' && found <= 'Z' ? found + 32 : found)) {
        return false;
      }
    }
    return true;
  }

  private int number(int at) throws IOException {
    int i = at;
    while (buffer[i] == ' ') {
      i++;
    }
    long value = 0;
    int digits = i;
    for (; buffer[i] >= '0' && buffer[i] <= '9' && value <= LARGEST; i++) {
      value = value * 10 + buffer[i] - '0';
    }
    if (i == digits || value > LARGEST) {
      throw new IOException("not a usable Content-Length: " + text(at, Math.min(filled, at + 20)));
    }
    return (int) value;
  }

  /** Moves the chunks together, so that the body is in one piece. */
  private void readChunks(InputStream in) throws IOException {
    int at = bodyStart;
    bodyLength = 0;
    while (true) {
      int lineEnd = lineEnd(in, at);
      int size = chunkSize(at, lineEnd);
      at = lineEnd + 2;
      if (size == 0) {
        skipTrailers(in, at);
        return;
      }
      fill(in, at + size + 2);
      System.arraycopy(buffer, at, buffer, bodyStart + bodyLength, size);
      bodyLength += size;
      at += size + 2;
    }
  }

  private void skipTrailers(InputStream in, int from) throws IOException {
    int at = from;
    for (int end = lineEnd(in, at); end > at; end = lineEnd(in, at)) {
      at = end + 2;
    }
  }

  private int lineEnd(InputStream in, int from) throws IOException {
    for (int i = from; ; i++) {
      fill(in, i + 2);
      if (buffer[i] == '\r' && buffer[i + 1] == '\n') {
        return i;
      }
    }
  }

  private int chunkSize(int from, int end) throws IOException {
    int digits = from;
    while (digits < end && Character.digit(buffer[digits], 16) >= 0) {
      digits++;
    }
    if (digits == from || digits - from > 7) {
      throw new IOException("not the size of a chunk: " + text(from, end));
    }
    return Integer.parseInt(text(from, digits), 16);
  }

  private void readToEnd(InputStream in) throws IOException {
    boolean goesOn = true;
    while (goesOn) {
      goesOn = moreUnlessEnded(in);
    }
    bodyLength = filled - bodyStart;
  }

  private String text(int from, int to) {
    return new String(buffer, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
