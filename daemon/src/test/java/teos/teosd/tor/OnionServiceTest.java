package teos.teosd.tor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.HostPort;
import teos.teosd.Eventually;
import teos.teosd.tor.OnionService.Forward;
import teos.testkit.FreePort;
import teos.testkit.Tor;

/** Onion services at a real tor, which has no network. */
class OnionServiceTest {

  private static final String PASSWORD = "it's \"quoted\" \\ here";

  enum Way {
    NONE,
    COOKIE,
    PASSWORD
  }

  @TempDir Path torFolder;
  @TempDir Path data;

  private final List<String> added = new CopyOnWriteArrayList<>();
  private int port;

  @BeforeEach
  void choosePort() throws IOException {
    port = FreePort.find();
  }

  private Tor tor(Way way) throws Exception {
    return Tor.start(
        torFolder,
        port,
        switch (way) {
          case NONE -> Tor.Login.none();
          case COOKIE -> Tor.Login.cookie();
          case PASSWORD -> Tor.Login.password(PASSWORD);
        });
  }

  private OnionService service(String password) {
    return OnionService.start(
        port,
        password,
        List.of(
            new Forward(9814, new HostPort("127.0.0.1", 4)),
            new Forward(9911, new HostPort("::1", 5))),
        data,
        added::add);
  }

  private static String address(OnionService service) throws Exception {
    Eventually.holds("an onion address", () -> service.address().isPresent());
    return service.address().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void hasTheSameAddressAfterARestart(Way way) throws Exception {
    String password = way == Way.PASSWORD ? PASSWORD : "";
    try (Tor tor = tor(way)) {
      assertThat(tor.controlPort()).isEqualTo(port);
      String address;
      try (OnionService service = service(password)) {
        address = address(service);
        assertThat(address).matches("[a-z2-7]{56}\\.onion");
        Eventually.holds("whoever waits for it is told", () -> added.contains(address));
      }
      Path key = data.resolve(OnionKeyFile.NAME);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
          .isEqualTo("rw-------");
      assertThat(Files.size(key)).isEqualTo(64);
      try (OnionService again = service(password)) {
        assertThat(address(again)).isEqualTo(address);
      }
    }
  }

  @Test
  void comesBackWhenTorDoes() throws Exception {
    Tor tor = tor(Way.COOKIE);
    try (OnionService service = service("")) {
      String address = address(service);
      tor.close();
      Eventually.holds("it is gone", () -> service.address().isEmpty());
      tor = tor(Way.COOKIE);
      assertThat(address(service)).isEqualTo(address);
    } finally {
      tor.close();
    }
  }

  private void requireRefusal(String password, String message) throws Exception {
    try (ControlConnection lines = ControlConnection.connect(port)) {
      assertThatThrownBy(() -> ControlAuth.choose(lines, password).pass(lines))
          .isInstanceOf(TorException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    assertThatThrownBy(() -> ControlConnection.connect(port))
        .isInstanceOf(TorException.class)
        .hasMessageContaining("there is no Tor at 127.0.0.1:" + port + " (tor_control_port");
    try (Tor tor = tor(Way.PASSWORD)) {
      assertThat(tor.controlPort()).isEqualTo(port);
      requireRefusal("", "Tor wants a password: set tor_control_password");
      requireRefusal("wrong", "Tor refuses: 515");
    }
  }

  @Test
  void whatIsNoTorIsToldOf() throws Exception {
    try (ServerSocket server = new ServerSocket(port)) {
      Thread.startVirtualThread(
          () -> {
            try (Socket socket = server.accept()) {
              socket
                  .getOutputStream()
                  .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              socket.getInputStream().readAllBytes();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      requireRefusal("", "is not Tor's control port");
    }
  }

  @Test
  void aKeyThatIsNoneIsNotReplaced() throws Exception {
    Files.write(data.resolve(OnionKeyFile.NAME), new byte[10]);
    assertThatThrownBy(() -> new OnionKeyFile(data).load())
        .hasMessageContaining("64 bytes are expected, and it has 10");
  }
}
