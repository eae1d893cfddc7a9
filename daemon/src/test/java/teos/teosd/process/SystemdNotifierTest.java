package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.teosd.Eventually;
import teos.teosd.NotifySocket;
import teos.teosd.TowerProcess;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;

/** Notifications to systemd. */
@SuppressWarnings("try") // close() waits, and may be interrupted
@Tag("bitcoind")
class SystemdNotifierTest {

  @TempDir Path folder;

  @Test
  void sendsToAPath() throws Throwable {
    String path = folder.resolve("notify").toString();
    try (NotifySocket systemd = NotifySocket.bind(path)) {
      new SystemdNotifier(path).ready("watching");
      assertThat(systemd.poll()).isEqualTo("READY=1\nSTATUS=watching");
    }
  }

  @Test
  void sendsToAnAbstractName() throws Throwable {
    String name = "@java-teos-test-" + ProcessHandle.current().pid();
    try (NotifySocket systemd = NotifySocket.bind(name)) {
      new SystemdNotifier(name).stopping();
      assertThat(systemd.poll()).startsWith("STOPPING=1\n");
    }
  }

  @Test
  void withoutSystemd_nothingHappens() {
    assertThatCode(() -> new SystemdNotifier(null).ready("watching")).doesNotThrowAnyException();
  }

  @Test
  void unusableSocket_isIgnored() {
    for (String name : new String[] {folder.resolve("none").toString(), "x".repeat(200)}) {
      assertThatCode(() -> new SystemdNotifier(name).ready("watching")).doesNotThrowAnyException();
    }
  }

  @Test
  void program_reportsReadyAndStopping() throws Throwable {
    String path = folder.resolve("notify").toString();
    try (NotifySocket systemd = NotifySocket.bind(path);
        Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(10);
      try (TowerProcess tower =
          TowerProcess.start(
              bitcoind,
              folder.resolve("data"),
              FreePort.find(),
              Map.of(),
              Map.of("NOTIFY_SOCKET", path))) {
        tower.awaitReady();
        Eventually.holds("READY=1", () -> poll(systemd).startsWith("READY=1\n"));
        tower.signal("TERM");
        Eventually.holds("STOPPING=1", () -> poll(systemd).startsWith("STOPPING=1\n"));
        assertThat(tower.awaitExit()).isZero();
      }
    }
  }

  private static String poll(NotifySocket systemd) {
    try {
      return systemd.poll();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
