package teos.testkit;

import static java.lang.ProcessBuilder.Redirect.DISCARD;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Process of a server that does not outlive this JVM, even if the JVM is killed. */
final class ServerProcess {

  private final Process process;
  private final Process watchdog;

  private ServerProcess(Process process, Process watchdog) {
    this.process = process;
    this.watchdog = watchdog;
  }

  static ServerProcess start(List<String> command, Path stderr) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(DISCARD)
            .redirectError(ProcessBuilder.Redirect.appendTo(stderr.toFile()))
            .start();
    try {
      return new ServerProcess(process, watch(process.pid()));
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /**
   * Starts a shell that kills {@code pid} when this JVM exits. A killed JVM runs no shutdown hook,
   * but the operating system closes its end of the pipe, at which {@code cat} exits.
   */
  private static Process watch(long pid) throws IOException {
    return new ProcessBuilder(
            "/bin/sh", "-c", "trap '' INT TERM HUP; cat; kill -9 \"$0\"", Long.toString(pid))
        .redirectOutput(DISCARD)
        .redirectError(DISCARD)
        .start();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns whether the process ended within {@code limit}. */
  boolean awaitExit(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      return false;
    }
    releaseWatchdog();
    return true;
  }

  /**
   * Kills the process with SIGKILL and waits until it and its descendants have exited: PostgreSQL
   * does not start again before that. Does nothing if the process has already exited.
   */
  void kill() throws InterruptedException {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly().waitFor();
    descendants.forEach(each -> each.onExit().join());
    releaseWatchdog();
  }

  /** Returns the exit code of the process, which must have exited. */
  int exitValue() {
    return process.exitValue();
  }

  /** Stops the watchdog, so that it cannot kill another process that gets the same pid. */
  private void releaseWatchdog() throws InterruptedException {
    // Kills the shell and not cat: if cat exited first, the shell would run its kill command.
    watchdog.destroyForcibly().waitFor();
  }
}
