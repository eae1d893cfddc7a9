package teos.teosd.attack;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Attack: connections to each of the tower's ports that are reset in the middle of a body, or that
 * send invalid data with terminal control sequences.
 */
final class LogFlood implements Attack {

  static final String ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e";

  private final List<Integer> ports;
  private final int connections;
  private final AtomicInteger sent = new AtomicInteger();

  /**
   * @param connections number of connections of each kind to each port
   */
  LogFlood(List<Integer> ports, int connections) {
    this.ports = ports;
    this.connections = connections;
  }

  @Override
  public void begin() {
    for (int port : ports) {
      for (int i = 0; i < connections; i++) {
        reset(
            port,
            "POST /add_appointment HTTP/1.1\r\nHost: tower\r\nContent-Length: 900\r\n\r\n{\"a");
        reset(port, "POST /" + ESCAPES + " HTTP/1.1\r\nHost: " + ESCAPES + "\r\n\r\n");
        reset(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + ESCAPES.repeat(20));
        reset(port, ESCAPES.repeat(20));
      }
    }
  }

  /** Sends {@code text} and resets the connection. */
  private void reset(int port, String text) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
      if (sent.incrementAndGet() % 2 == 0) {
        Thread.sleep(5); // half of them are reset while the tower reads, the others before
      }
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // refused or reset: continue with the next one
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {}
}
