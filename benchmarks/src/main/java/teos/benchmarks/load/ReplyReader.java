package teos.benchmarks.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads HTTP/1.x responses from a connection with as little CPU time as possible, to leave the
 * machine's processors to the tower. The end of a body is given by Content-Length, by the last
 * chunk, or by the end of the connection (RFC 9112, 6.3).
 */
final class ReplyReader {

  private static final int INITIAL_SIZE = 8 * 1024;
  private static final int MAX_SIZE = 64 * 1024 * 1024;
  private static final byte[] CONTENT_LENGTH = lower("content-length:");
  private static final byte[] CHUNKED = lower("transfer-encoding: chunked");
  private static final byte[] CLOSE = lower("connection: close");
  private static final byte[] KEEP_ALIVE = lower("connection: keep-alive");

  private byte[] buffer = new byte[INITIAL_SIZE];
  private int filled;
  private int status;
  private int bodyStart;
  private int bodyLength;
  private boolean keepAlive;

  private static byte[] lower(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Thrown when the peer closed the connection before it sent anything. */
  static final class NoResponseException extends IOException {
    NoResponseException() {
      super("the connection was closed before a response arrived");
    }
  }

  /**
   * Reads the next response. The getters describe it until the next call.
   *
   * @throws NoResponseException if the connection ends before the first byte
   * @throws IOException if the response is not HTTP, or incomplete
   */
  void read(InputStream in) throws IOException {
    filled = 0;
    int headersEnd = 0;
    while (headersEnd == 0) {
      int from = Math.max(0, filled - 3);
      readMore(in);
      headersEnd = endOfHeaders(from);
    }
    if (buffer[0] != 'H' || filled < 12) {
      throw new IOException("not HTTP: " + text(0, Math.min(filled, 40)));
    }
    status = (buffer[9] - '0') * 100 + (buffer[10] - '0') * 10 + buffer[11] - '0';
    keepAlive = buffer[7] == '1' ? !has(CLOSE, headersEnd) : has(KEEP_ALIVE, headersEnd);
    bodyStart = headersEnd;
    int lengthAt = find(CONTENT_LENGTH, headersEnd);
    if (has(CHUNKED, headersEnd)) {
      readChunks(in);
    } else if (lengthAt >= 0) {
      bodyLength = number(lengthAt);
      fillTo(in, bodyStart + bodyLength);
    } else if (status == 204 || status == 304) {
      bodyLength = 0;
    } else {
      keepAlive = false;
      readToEnd(in);
    }
  }

  int status() {
    return status;
  }

  /** Returns whether the connection stays open for another request. */
  boolean keepAlive() {
    return keepAlive;
  }

  /** Returns a copy of the body. */
  byte[] body() {
    return Arrays.copyOfRange(buffer, bodyStart, bodyStart + bodyLength);
  }

  boolean hasBody(byte[] expected) {
    return Arrays.equals(buffer, bodyStart, bodyStart + bodyLength, expected, 0, expected.length);
  }

  private boolean readMoreOrEnd(InputStream in) throws IOException {
    if (filled == buffer.length) {
      if (buffer.length >= MAX_SIZE) {
        throw new IOException("the response has more than " + MAX_SIZE + " bytes");
      }
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    int count = in.read(buffer, filled, buffer.length - filled);
    filled += Math.max(0, count);
    return count >= 0;
  }

  private void readMore(InputStream in) throws IOException {
    if (!readMoreOrEnd(in)) {
      throw filled == 0
          ? new NoResponseException()
          : new IOException("the connection was closed within a response");
    }
  }

  private void fillTo(InputStream in, int end) throws IOException {
    while (filled < end) {
      readMore(in);
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

  /** Returns the position after {@code name} at the start of a line before {@code end}, or -1. */
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
    for (; buffer[i] >= '0' && buffer[i] <= '9' && value <= MAX_SIZE; i++) {
      value = value * 10 + buffer[i] - '0';
    }
    if (i == digits || value > MAX_SIZE) {
      throw new IOException("not a usable Content-Length: " + text(at, Math.min(filled, at + 20)));
    }
    return (int) value;
  }

  /** Joins the chunks in the buffer, so that the body is contiguous. */
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
      fillTo(in, at + size + 2);
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
      fillTo(in, i + 2);
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
    boolean open = true;
    while (open) {
      open = readMoreOrEnd(in);
    }
    bodyLength = filled - bodyStart;
  }

  private String text(int from, int to) {
    return new String(buffer, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
