package teos.teosd.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LimitedServerSocketTest {

  private static final int MAX = 3;

  private final ConnectionLimiter limiter = new ConnectionLimiter(MAX, MAX, address -> true);
  private final List<Socket> clients = new ArrayList<>();
  private final List<Socket> accepted = new ArrayList<>();
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = LimitedServerSocket.factory(limiter).createServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    for (Socket socket : clients) {
      socket.close();
    }
    for (Socket socket : accepted) {
      socket.close();
    }
  }

  private void connect(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      clients.add(new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()));
      accepted.add(server.accept());
    }
  }

  @Test
  void closesTheConnectionThatHasBeenSilentForLongest() throws IOException {
    connect(MAX);
    clients.getFirst().getOutputStream().write(7);
    assertThat(accepted.getFirst().getInputStream().read()).isEqualTo(7);
    connect(1);
    assertThat(clients.get(1).getInputStream().read()).as("closed").isEqualTo(-1);
    assertThat(accepted.getFirst().isClosed()).isFalse();
    assertThat(limiter.open()).isEqualTo(MAX);
  }

  @Test
  void countsAConnectionUntilItIsClosed() throws IOException {
    connect(MAX);
    accepted.getFirst().close();
    assertThat(limiter.open()).isEqualTo(MAX - 1);
    connect(1);
    assertThat(accepted.get(1).isClosed()).isFalse();
  }
}
