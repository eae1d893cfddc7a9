package teos.teosd.attack;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Requests that end with a reset within their body, and others that are no HTTP at all. */
public final class BrokenRequests implements Attack {

  private static final List<String> REQUESTS =
      List.of(
          "POST /add_appointment HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{\"appointm",
          "POST /register HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{\"use",
          "POST /register HTTP/1.1\r\nHost: a\r\nContent-Length: +16\r\n\r\n{}",
          "GET /\u001b[2J\u001b[31m HTTP/1.1\r\nHost: a\r\n\r\n",
          "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
          "\r\n\r\n\r\n");

  private final URI api;
  private final int connections;
  private Repeated senders = new Repeated(0, () -> {});

  public BrokenRequests(AttackedTower tower, int connections) {
    this.api = tower.api();
    this.connections = connections;
  }

  @Override
  public void begin() throws Exception {
    senders = new Repeated(connections, this::send);
    senders.await(20L * connections);
  }

  private void send() throws Exception {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.getPort())) {
      socket.setSoLinger(true, 0); // a reset
      socket
          .getOutputStream()
          .write(
              REQUESTS
                  .get(random.nextInt(REQUESTS.size()))
                  .getBytes(StandardCharsets.ISO_8859_1));
      Thread.sleep(random.nextInt(20));
    }
  }

  @Override
  public void close() throws Exception {
    senders.close();
  }
}
