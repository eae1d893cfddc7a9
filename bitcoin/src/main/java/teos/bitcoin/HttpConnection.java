package teos.bitcoin;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One connection to bitcoind's HTTP server, and POSTs over it one after the other. The JDK's own
 * clients let nobody bound a whole call, nor say that a call shall have a fresh connection; of HTTP
 * this needs a page.
 */
final class HttpConnection implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int BUFFER = 1 << 16;
  private static final int SENT_AT_ONCE = 8_192;
  private static final int MAX_LINE = 8_192;
  private static final int MAX_HEADERS = 100;

  private final Socket socket;
  private final DeadlineStream in;
  private final String host;
  private boolean used;
  private boolean keepAlive = true;
  private long idleSince = System.nanoTime();

  private HttpConnection(Socket socket, String host) throws IOException {
    this.socket = socket;
    this.in = new DeadlineStream(socket);
    this.host = host;
  }

  /**
   * How long a call may take.
   *
   * @param silence the longest time without a byte
   * @param total until all of the answer is there
   */
  record Patience(Duration silence, Duration total) {}

  /** The head of an answer, and its body, which ends where the answer does. */
  record Answer(int status, long length, InputStream body) {}

  static HttpConnection open(String host, int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host, port), (int) CONNECT_TIMEOUT.toMillis());
      socket.setTcpNoDelay(true);
      return new HttpConnection(socket, host.indexOf(':') >= 0 ? "[" + host + "]" : host);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Whether it has carried a call before, and may have been closed by bitcoind since. */
  boolean used() {
    return used;
  }

  /** Whether nothing has come of the answer to the present call. */
  boolean unanswered() {
    return in.silent;
  }

  /** Since when it has carried no call. */
  Duration idle() {
    return Duration.ofNanos(System.nanoTime() - idleSince);
  }

  /** Sends a request, and reads the answer as far as its body. */
  Answer post(String authorization, byte[] body, Patience patience) throws IOException {
    in.begin(patience);
    byte[] head =
        ("POST / HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: " + authorization
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] request = new byte[head.length + body.length];
    System.arraycopy(head, 0, request, 0, head.length);
    System.arraycopy(body, 0, request, head.length, body.length);
    send(request, patience);
    String first = line();
    int status = status(first);
    keepAlive = !first.startsWith("HTTP/1.0");
    long length = -1;
    boolean chunked = false;
    int headers = 0;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String value = header.substring(header.indexOf(':') + 1).strip().toLowerCase(Locale.ROOT);
      switch (header.substring(0, Math.max(0, header.indexOf(':'))).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = number(value, 10);
        case "transfer-encoding" -> chunked = value.endsWith("chunked");
        case "connection" -> keepAlive = !value.equals("close");
        default -> {
          // of no use here
        }
      }
      if (++headers > MAX_HEADERS) {
        throw new IOException("not an HTTP answer: too many headers");
      }
    }
    if (chunked) {
      return new Answer(status, -1, new ChunkedBody());
    }
    if (length < 0) {
      keepAlive = false; // the body goes on to the end of the connection
    }
    return new Answer(status, length, new PlainBody(length < 0 ? Long.MAX_VALUE : length));
  }

  /**
   * What a socket's buffer takes is sent at once. More may wait for ever for one who takes nothing,
   * which Java bounds no more than by closing the socket.
   */
  private void send(byte[] request, Patience patience) throws IOException {
    if (request.length <= SENT_AT_ONCE) {
      socket.getOutputStream().write(request);
      return;
    }
    AtomicBoolean sent = new AtomicBoolean();
    Thread guard =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(patience.silence());
                    if (!sent.get()) {
                      close();
                    }
                  } catch (InterruptedException e) {
                    // sent in time
                  }
                });
    try {
      socket.getOutputStream().write(request);
      sent.set(true);
    } catch (IOException e) {
      throw socket.isClosed() ? new SocketTimeoutException("it takes no request") : e;
    } finally {
      guard.interrupt();
    }
  }

  /** Reads what is left of {@code answer}; false if the connection cannot be used again. */
  boolean finish(Answer answer) throws IOException {
    if (!keepAlive) {
      return false;
    }
    answer.body().transferTo(OutputStream.nullOutputStream());
    used = true;
    idleSince = System.nanoTime();
    return true;
  }

  private static int status(String line) throws IOException {
    String[] words = line.split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP answer");
    }
    return (int) number(words[1], 10);
  }

  private static long number(String digits, int radix) throws IOException {
    try {
      return Long.parseUnsignedLong(digits, radix);
    } catch (NumberFormatException e) {
      throw new IOException("not an HTTP answer: " + digits, e);
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed");
      }
      if (line.length() == MAX_LINE) {
        throw new IOException("not an HTTP answer: too long a line");
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // it is of no use any more either way
    }
  }

  /** What comes, buffered, within the time that the call may take. */
  private static final class DeadlineStream extends FilterInputStream {

    private final Socket socket;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;
    private Patience patience = new Patience(Duration.ZERO, Duration.ZERO);
    private long start;
    private boolean silent = true;

    DeadlineStream(Socket socket) throws IOException {
      super(socket.getInputStream());
      this.socket = socket;
    }

    void begin(Patience with) {
      patience = with;
      start = System.nanoTime();
      silent = true;
    }

    @Override
    public int read() throws IOException {
      return fill() ? buffer[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, end - at);
      System.arraycopy(buffer, at, bytes, offset, count);
      at += count;
      return count;
    }

    private boolean fill() throws IOException {
      if (at < end) {
        return true;
      }
      Duration left = patience.total().minusNanos(System.nanoTime() - start);
      Duration wait = left.compareTo(patience.silence()) < 0 ? left : patience.silence();
      if (wait.toMillis() < 1) {
        throw new SocketTimeoutException("no whole answer within " + patience.total());
      }
      socket.setSoTimeout((int) wait.toMillis());
      int count;
      try {
        count = in.read(buffer, 0, buffer.length);
      } catch (SocketTimeoutException e) {
        throw new SocketTimeoutException("nothing came for " + wait.toSeconds() + " s");
      }
      if (count < 0) {
        return false;
      }
      silent = false;
      at = 0;
      end = count;
      return true;
    }
  }

  /** A body of known length. */
  private final class PlainBody extends InputStream {

    private long left;

    PlainBody(long length) {
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = in.read(bytes, offset, (int) Math.min(length, left));
      if (count < 0) {
        if (left > Integer.MAX_VALUE) {
          return -1; // no length was given
        }
        throw new EOFException("the connection was closed in the middle of an answer");
      }
      left -= count;
      return count;
    }
  }

  /** A body in pieces, as a proxy before bitcoind may make it. */
  private final class ChunkedBody extends InputStream {

    private long left;
    private boolean ended;
    private boolean begun;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0 && !ended) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      int count = in.read(bytes, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("the connection was closed in the middle of an answer");
      }
      left -= count;
      return count;
    }

    private void nextChunk() throws IOException {
      if (begun) {
        line(); // the end of the one before
      }
      begun = true;
      String size = line();
      int extension = size.indexOf(';');
      left = number(extension < 0 ? size : size.substring(0, extension).strip(), 16);
      if (left == 0) {
        ended = true;
        while (!line().isEmpty()) {
          // trailers
        }
      }
    }
  }
}
