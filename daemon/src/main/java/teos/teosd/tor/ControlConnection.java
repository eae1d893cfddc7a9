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

/** Questions and answers of Tor's control protocol (control-spec, section 2), in lines. */
final class ControlConnection implements Closeable {

  /** It is on this machine; a Tor that is busy may take its time all the same. */
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int LONGEST_LINE = 16 * 1024;
  private static final int MOST_LINES = 1000;
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
   * @throws TorException if nobody listens there
   */
  static ControlConnection connect(int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(LOOPBACK, port), (int) PATIENCE.toMillis());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      return new ControlConnection(socket, port);
    } catch (IOException e) {
      socket.close();
      throw new TorException(
          "there is no Tor at 127.0.0.1:"
              + port
              + " (tor_control_port; it needs ControlPort in"
              + " torrc): "
              + e.getMessage(),
          e);
    }
  }

  /**
   * Asks, and waits for the answer.
   *
   * @return what stands behind the code in each of its lines
   * @throws TorException if Tor refuses, with what it says, or if that is no answer of Tor's
   */
  List<String> ask(String question) throws IOException {
    try {
      socket.getOutputStream().write((question + "\r\n").getBytes(UTF_8));
      return answer();
    } catch (SocketTimeoutException e) {
      throw new TorException("Tor does not answer at 127.0.0.1:" + port, e);
    }
  }

  private List<String> answer() throws IOException {
    List<String> lines = new ArrayList<>();
    while (lines.size() < MOST_LINES) {
      String line = line();
      if (line.length() < 4 || !line.substring(0, 3).chars().allMatch(c -> c >= '0' && c <= '9')) {
        throw noTor();
      }
      if (!line.startsWith(OK)) {
        throw new TorException("Tor refuses: " + line);
      }
      lines.add(line.substring(4));
      if (line.charAt(3) == ' ') {
        return lines;
      }
      if (line.charAt(3) != '-') {
        throw noTor(); // nothing that is asked has data in its answer
      }
    }
    throw noTor();
  }

  private TorException noTor() {
    return new TorException(
        "what answers at 127.0.0.1:" + port + " (tor_control_port) is not Tor's control port");
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new TorException("Tor has closed the connection");
      }
      if (line.length() == LONGEST_LINE) {
        throw noTor();
      }
      line.append((char) next);
    }
    int length = line.length();
    return length > 0 && line.charAt(length - 1) == '\r'
        ? line.substring(0, length - 1)
        : line.toString();
  }

  /** Waits for as long as the connection lasts. */
  void awaitEnd() throws IOException {
    socket.setSoTimeout(0);
    byte[] ignored = new byte[1024];
    while (in.read(ignored) >= 0) {
      // no events have been asked for
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Text as Tor reads it in quotes. */
  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /**
   * What stands in the quotes that begin at {@code start}, with C's escapes; Tor writes what is not
   * ASCII as three octal digits.
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
