package teos.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real tor with its network disabled: it creates onion services that nobody can reach. */
public final class Tor implements AutoCloseable {

  private final Process process;
  private final int controlPort;

  private Tor(Process process, int controlPort) {
    this.process = process;
    this.controlPort = controlPort;
  }

  /** Authentication of the control port, as lines of torrc. */
  public record ControlAuthentication(List<String> lines) {

    /** Returns the settings without authentication. */
    public static ControlAuthentication none() {
      return new ControlAuthentication(List.of());
    }

    /** Returns the settings for authentication by the cookie file. */
    public static ControlAuthentication cookie() {
      return new ControlAuthentication(List.of("CookieAuthentication 1"));
    }

    /** Returns the settings for authentication by {@code password}. */
    public static ControlAuthentication password(String password)
        throws IOException, InterruptedException {
      List<String> command = new ArrayList<>(ScriptCommand.words("tor-program"));
      command.addAll(List.of("--quiet", "--hash-password", password));
      Process process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      String hash =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      process.waitFor();
      return new ControlAuthentication(
          List.of("HashedControlPassword " + hash.lines().toList().getLast()));
    }
  }

  /**
   * Starts a tor and blocks until its control port listens.
   *
   * @param folder folder for its files only, empty or from an earlier start
   */
  public static Tor start(Path folder, int controlPort, ControlAuthentication login)
      throws IOException, InterruptedException {
    List<String> torrc =
        new ArrayList<>(
            List.of(
                "DataDirectory " + folder.resolve("data"),
                "DisableNetwork 1",
                "SocksPort 0",
                "ControlPort 127.0.0.1:" + controlPort));
    torrc.addAll(login.lines());
    Files.createDirectories(folder);
    Path file = Files.write(folder.resolve("torrc"), torrc);
    List<String> command = new ArrayList<>(ScriptCommand.words("tor-program"));
    command.addAll(List.of("-f", file.toString()));
    Path log = folder.resolve("tor.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!FreePort.isListening(controlPort)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new IOException("tor did not start: " + Files.readString(log));
      }
      Thread.sleep(20);
    }
    return new Tor(process, controlPort);
  }

  public int controlPort() {
    return controlPort;
  }

  /** Kills tor, as a crash would. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      if (!process.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("tor did not exit");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
