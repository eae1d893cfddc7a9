package teos.teosd.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

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
  void evictsTheConnectionThatHasBeenSilentLongest() throws IOException {
    connect(MAX);
    clients.getFirst().getOutputStream().write(7);
    assertThat(accepted.getFirst().getInputStream().read()).isEqualTo(7);
    connect(1);
    assertThat(clients.get(1).getInputStream().read()).as("closed").isEqualTo(-1);
    assertThat(accepted.getFirst().isClosed()).isFalse();
    assertThat(limiter.open()).isEqualTo(MAX);
  }

  /** Runs in its own process with few file descriptors. */
  @Test
  void acceptsAgainAfterRunningOutOfDescriptors() throws Exception {
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 100; exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-MaxFDLimit",
                "-cp",
                Stream.of(LimitedServerSocketTest.class, LimitedServerSocket.class, Logger.class)
                    .map(LimitedServerSocketTest::classPath)
                    .collect(Collectors.joining(File.pathSeparator)),
                DescriptorExhaustion.class.getName())
            .redirectErrorStream(true)
            .start();
    try (var out = process.inputReader()) {
      assertThat(out.lines().toList()).contains("Too many open files", "accepted");
    }
    assertThat(process.waitFor()).isZero();
  }

  private static String classPath(Class<?> of) {
    return Path.of(URI.create(of.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  /** Opens connections until no descriptor is left, closes them all, and opens another. */
  static final class DescriptorExhaustion {

    private DescriptorExhaustion() {}

    public static void main(String[] args) throws Exception {
      ServerSocket server =
          LimitedServerSocket.factory(new ConnectionLimiter(1_000, 1_000, address -> true))
              .createServerSocket();
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  while (true) {
                    accepted.add(server.accept());
                  }
                } catch (IOException e) {
                  System.out.println("stopped accepting: " + e.getMessage());
                }
              });
      List<Socket> clients = new ArrayList<>();
      try {
        while (true) {
          clients.add(new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()));
        }
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
      Thread.sleep(300); // time for the server to fail as well
      for (Socket client : clients) {
        client.close();
      }
      Socket next;
      while ((next = accepted.poll(1, TimeUnit.SECONDS)) != null) {
        next.close();
      }
      try (Socket another = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
        another.setTcpNoDelay(true);
        System.out.println(
            accepted.poll(5, TimeUnit.SECONDS) == null ? "not accepted" : "accepted");
      }
      System.exit(0);
    }
  }

  @Test
  void connection_isCountedUntilItIsClosed() throws IOException {
    connect(MAX);
    accepted.getFirst().close();
    assertThat(limiter.open()).isEqualTo(MAX - 1);
    connect(1);
    assertThat(accepted.get(1).isClosed()).isFalse();
  }
}
