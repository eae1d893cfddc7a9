package teos.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.SecretKey;

/** Connects over real sockets. */
class NoiseSocketTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final int MAX = 65_535;

  private final SecretKey server = SecretKey.generate(RANDOM);
  private final SecretKey client = SecretKey.generate(RANDOM);
  private ServerSocket listener;
  private Socket socket;

  @BeforeEach
  void open() throws Exception {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    socket = new Socket(listener.getInetAddress(), listener.getLocalPort());
  }

  @AfterEach
  void close() throws Exception {
    socket.close();
    listener.close();
  }

  private CompletableFuture<NoiseSocket> accepting(Duration timeout) {
    CompletableFuture<NoiseSocket> accepted = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try {
            accepted.complete(NoiseSocket.accept(listener.accept(), server, RANDOM, timeout));
          } catch (Exception e) {
            accepted.completeExceptionally(e);
          }
        });
    return accepted;
  }

  private NoiseSocket connect() throws Exception {
    return NoiseSocket.connect(socket, client, server.publicKey(), RANDOM, LONG);
  }

  @Test
  void exchangesMessagesOfAllSizesInBothDirections() throws Exception {
    CompletableFuture<NoiseSocket> accepting = accepting(LONG);
    try (NoiseSocket there = connect();
        NoiseSocket here = accepting.get()) {
      assertThat(here.remoteKey()).isEqualTo(client.publicKey());
      assertThat(there.remoteKey()).isEqualTo(server.publicKey());
      for (int size : new int[] {0, 1, 1_000, 65_535}) {
        byte[] message = new byte[size];
        RANDOM.nextBytes(message);
        there.write(message);
        assertThat(here.read(LONG, MAX)).contains(message);
        here.write(message);
        assertThat(there.read(LONG, MAX)).contains(message);
      }
      assertThatThrownBy(() -> there.write(new byte[65_536]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("65536 bytes, expected up to 65535");
      socket.close();
      assertThat(here.read(LONG, MAX)).isEmpty();
    }
  }

  @Test
  void initiatorThatExpectsAnotherKey_isRejected() throws Exception {
    CompletableFuture<NoiseSocket> accepting = accepting(LONG);
    SecretKey other = SecretKey.generate(RANDOM);
    socket.setSoTimeout(1);
    Thread.startVirtualThread(
        () -> {
          try {
            NoiseSocket.connect(socket, client, other.publicKey(), RANDOM, LONG);
          } catch (Exception e) {
            // expected
          }
        });
    assertThatThrownBy(accepting::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(NoiseException.class)
        .hasMessageContaining("act one of the handshake: bad tag");
  }

  @Test
  void slowHandshake_timesOut() throws Exception {
    CompletableFuture<NoiseSocket> accepting = accepting(SHORT);
    OutputStream out = socket.getOutputStream();
    Thread.startVirtualThread(
        () -> {
          try {
            while (true) {
              out.write(0);
              Thread.sleep(20);
            }
          } catch (Exception e) {
            // closed
          }
        });
    assertThatThrownBy(accepting::get).hasCauseInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void read_withoutMessage_timesOut_andTruncatedMessageFails() throws Exception {
    CompletableFuture<NoiseSocket> accepting = accepting(LONG);
    try (NoiseSocket there = connect();
        NoiseSocket here = accepting.get()) {
      assertThat(there.remoteKey()).isEqualTo(server.publicKey());
      assertThatThrownBy(() -> here.read(SHORT, MAX)).isInstanceOf(SocketTimeoutException.class);
    }
    CompletableFuture<NoiseSocket> again = accepting(LONG);
    try (Socket raw = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      NoiseSocket there = NoiseSocket.connect(raw, client, server.publicKey(), RANDOM, LONG);
      assertThat(there.remoteKey()).isEqualTo(server.publicKey());
      NoiseSocket here = again.get();
      raw.getOutputStream().write(new byte[5]);
      raw.shutdownOutput();
      assertThatThrownBy(() -> here.read(LONG, MAX))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("after 5 of 18 bytes");
    }
  }

  @Test
  void modifiedMessage_isRejected() throws Exception {
    CompletableFuture<NoiseSocket> accepting = accepting(LONG);
    try (NoiseSocket there = connect();
        NoiseSocket here = accepting.get()) {
      assertThat(there.remoteKey()).isEqualTo(server.publicKey());
      socket.getOutputStream().write(new byte[18]);
      assertThatThrownBy(() -> here.read(LONG, MAX))
          .isInstanceOf(NoiseException.class)
          .hasMessageContaining("the length of a message: bad tag");
    }
  }

  @Test
  void longMessage_isRejectedBeforeItsBodyArrives() throws Exception {
    CompletableFuture<NoiseSocket> accepting = accepting(LONG);
    try (NoiseSocket there = connect();
        NoiseSocket here = accepting.get()) {
      there.write(new byte[1_000]);
      assertThat(here.read(LONG, 1_000)).isPresent();
      there.write(new byte[1_001]);
      assertThatThrownBy(() -> here.read(LONG, 1_000))
          .isInstanceOf(NoiseException.class)
          .hasMessageContaining("a message of 1001 bytes, expected up to 1000");
    }
  }
}
