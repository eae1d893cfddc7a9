package teos.testkit;

import static java.lang.ProcessBuilder.Redirect.DISCARD;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server's process that does not outlive this JVM, even if the JVM is killed. */
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
   * No shutdown hook runs when a JVM is killed or halts. Its end of this pipe is closed even then,
   * which ends cat.
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
   * Kills with SIGKILL, and waits for the end, also of what it had started: PostgreSQL does not
   * start again before that. Does nothing to a process that has ended.
   */
  void kill() throws InterruptedException {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroyForcibly().waitFor();
    started.forEach(each -> each.onExit().join());
    releaseWatchdog();
  }

  /** What the process says when it ends; only for one that has ended. */
  int exitValue() {
    return process.exitValue();
  }

  /** Before the pid can be another process's. */
  private void releaseWatchdog() throws InterruptedException {
    // The shell first: else it would see cat's end, and go on to kill.
    watchdog.destroyForcibly().waitFor();
  }
}
