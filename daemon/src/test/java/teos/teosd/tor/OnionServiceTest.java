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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.HostPort;
import teos.teosd.Eventually;
import teos.teosd.tor.OnionService.Forward;
import teos.testkit.FreePort;
import teos.testkit.Tor;

/** Onion services of a real tor without a network. */
@Tag("programs")
class OnionServiceTest {

  private static final String PASSWORD = "it's \"quoted\" \\ here";

  enum Auth {
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

  private Tor tor(Auth auth) throws Exception {
    return Tor.start(
        torFolder,
        port,
        switch (auth) {
          case NONE -> Tor.ControlAuthentication.none();
          case COOKIE -> Tor.ControlAuthentication.cookie();
          case PASSWORD -> Tor.ControlAuthentication.password(PASSWORD);
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
  @EnumSource(Auth.class)
  void hasTheSameAddressAfterARestart(Auth auth) throws Exception {
    String password = auth == Auth.PASSWORD ? PASSWORD : "";
    try (Tor tor = tor(auth)) {
      assertThat(tor.controlPort()).isEqualTo(port);
      String address;
      try (OnionService service = service(password)) {
        address = address(service);
        assertThat(address).matches("[a-z2-7]{56}\\.onion");
        Eventually.holds("the listener has received the address", () -> added.contains(address));
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
  void returnsAfterTorRestarts() throws Exception {
    Tor tor = tor(Auth.COOKIE);
    try (OnionService service = service("")) {
      String address = address(service);
      tor.close();
      Eventually.holds("no onion address", () -> service.address().isEmpty());
      tor = tor(Auth.COOKIE);
      assertThat(address(service)).isEqualTo(address);
    } finally {
      tor.close();
    }
  }

  private void assertRefused(String password, String message) throws Exception {
    try (ControlConnection connection = ControlConnection.connect(port)) {
      assertThatThrownBy(() -> ControlAuth.choose(connection, password).authenticate(connection))
          .isInstanceOf(TorException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void errorSaysWhatIsWrong() throws Exception {
    assertThatThrownBy(() -> ControlConnection.connect(port))
        .isInstanceOf(TorException.class)
        .hasMessageContaining("no Tor listens at 127.0.0.1:" + port + " (check tor_control_port");
    try (Tor tor = tor(Auth.PASSWORD)) {
      assertThat(tor.controlPort()).isEqualTo(port);
      assertRefused("", "Tor requires a password; set tor_control_password");
      assertRefused("wrong", "Tor refuses: 515");
    }
  }

  @Test
  void anotherProgramAtThePort_isReported() throws Exception {
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
      assertRefused("", "is not Tor's control port");
    }
  }

  @Test
  void invalidKeyFile_isReportedAndNotReplaced() throws Exception {
    Files.write(data.resolve(OnionKeyFile.NAME), new byte[10]);
    assertThatThrownBy(() -> new OnionKeyFile(data).load())
        .hasMessageContaining("expected 64 bytes, found 10");
  }
}
