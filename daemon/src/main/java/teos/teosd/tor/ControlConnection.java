package teos.teosd.tor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connection to Tor's control port: commands and replies in lines (control-spec, section 2). */
final class ControlConnection implements Closeable {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /** Generous for a local connection, because a busy Tor replies slowly. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final int MAX_LINE_LENGTH = 16 * 1024;
  private static final int MAX_LINES = 1000;
  private static final String OK = "250";

  private final Socket socket;
  private final InputStream in;
  private final int port;

  private ControlConnection(Socket socket, int port) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.port = port;
  }

  /**
   * Connects to the control port {@code port} on 127.0.0.1.
   *
   * @throws TorException if nothing listens there
   */
  static ControlConnection connect(int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(LOOPBACK, port), (int) TIMEOUT.toMillis());
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      return new ControlConnection(socket, port);
    } catch (IOException e) {
      socket.close();
      throw new TorException(
          "no Tor listens at 127.0.0.1:"
              + port
              + " (check tor_control_port, and ControlPort in"
              + " torrc): "
              + e.getMessage(),
          e);
    }
  }

  /**
   * Sends a command and waits for the reply.
   *
   * @return the text after the code in each line of the reply
   * @throws TorException if Tor refuses, with its reply, or if the reply is not one of Tor's
   */
  List<String> request(String command) throws IOException {
    try {
      socket.getOutputStream().write((command + "\r\n").getBytes(UTF_8));
      return readReply();
    } catch (SocketTimeoutException e) {
      throw new TorException("Tor does not reply at 127.0.0.1:" + port, e);
    }
  }

  private List<String> readReply() throws IOException {
    List<String> lines = new ArrayList<>();
    while (lines.size() < MAX_LINES) {
      String line = readLine();
      if (line.length() < 4 || !line.substring(0, 3).chars().allMatch(c -> c >= '0' && c <= '9')) {
        throw notTor();
      }
      if (!line.startsWith(OK)) {
        throw new TorException("Tor refuses: " + line);
      }
      lines.add(line.substring(4));
      if (line.charAt(3) == ' ') {
        return lines;
      }
      if (line.charAt(3) != '-') {
        throw notTor(); // none of our commands has data in its reply
      }
    }
    throw notTor();
  }

  private TorException notTor() {
    return new TorException(
        "the program at 127.0.0.1:" + port + " (tor_control_port) is not Tor's control port");
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new TorException("Tor closed the connection");
      }
      if (line.length() == MAX_LINE_LENGTH) {
        throw notTor();
      }
      line.append((char) next);
    }
    int length = line.length();
    return length > 0 && line.charAt(length - 1) == '\r'
        ? line.substring(0, length - 1)
        : line.toString();
  }

  /** Blocks until the connection ends. */
  void awaitEnd() throws IOException {
    socket.setSoTimeout(0);
    byte[] ignored = new byte[1024];
    while (in.read(ignored) >= 0) {
      // ignores whatever Tor sends: no events were requested
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Returns {@code text} as a quoted string. */
  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /**
   * Returns the content of the quoted string that begins at {@code start}. It has C escapes; Tor
   * writes bytes outside ASCII as three octal digits.
   */
  static String unquoted(String line, int start) {
    StringBuilder bytes = new StringBuilder();
    int at = start + 1;
    while (at < line.length() && line.charAt(at) != '"') {
      char next = line.charAt(at++);
      if (next != '\\' || at == line.length()) {
        bytes.append(next);
        continue;
      }
      char escaped = line.charAt(at++);
      if (escaped >= '0' && escaped <= '7') {
        int value = escaped - '0';
        for (int i = 0;
            i < 2 && at < line.length() && line.charAt(at) >= '0' && line.charAt(at) <= '7';
            i++) {
          value = 8 * value + line.charAt(at++) - '0';
        }
        bytes.append((char) (value & 0xff));
      } else {
        bytes.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              default -> escaped;
            });
      }
    }
    return new String(bytes.toString().getBytes(ISO_8859_1), UTF_8);
  }
}
