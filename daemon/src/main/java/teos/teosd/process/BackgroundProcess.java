package teos.teosd.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import teos.config.Config;

/**
 * Tower in the background ({@code --daemon}). A JVM cannot fork, so the first process starts the
 * program a second time, detached from the terminal and logging to its file. The first process
 * forwards the second one's standard error, and waits until the second one is ready or ends; it
 * then exits with the corresponding code.
 */
public final class BackgroundProcess {

  private static final String ENVIRONMENT_MARKER = "TEOSD_IN_BACKGROUND";

  /** Start of the line that the second process writes to standard output when it is ready. */
  private static final String READY_PREFIX = "ready: ";

  private BackgroundProcess() {}

  /** Returns whether this process is the second one. */
  public static boolean isBackground() {
    return System.getenv(ENVIRONMENT_MARKER) != null;
  }

  /** Reports to the first process, if this is the second one, that the tower is ready. */
  public static void ready(String status) {
    if (isBackground()) {
      System.out.println(READY_PREFIX + status); // lost if the first process was killed
      System.out.flush();
    }
  }

  /**
   * Starts {@code mainClass} in the background, and blocks until it is ready or has ended.
   *
   * @param args the command line of this process
   * @return OK if it is ready, else its exit code, or {@link ExitCode#ERROR} if that is OK
   */
  public static ExitCode start(Class<?> mainClass, String[] args, Config config)
      throws InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command(mainClass, args))
            .redirectInput(Redirect.from(new File("/dev/null")));
    builder.environment().put(ENVIRONMENT_MARKER, "1");
    try {
      Process process = builder.start();
      System.out.println(
          "teosd: starting in the background, pid "
              + process.pid()
              + ", log "
              + config.files().log());
      Thread errors = Thread.ofVirtual().start(() -> forwardErrors(process));
      Optional<String> status = awaitReady(process);
      if (status.isPresent()) {
        System.out.println("teosd: " + status.get());
        return ExitCode.OK;
      }
      int code = process.waitFor();
      errors.join();
      System.err.println("teosd: not started: the background process ended with exit code " + code);
      // Stopped before it was ready: no tower runs, which must not look like success.
      return code == ExitCode.OK.code() ? ExitCode.ERROR : ExitCode.of(code);
    } catch (IOException e) {
      System.err.println("teosd: cannot start in the background: " + e.getMessage());
      return ExitCode.ERROR;
    }
  }

  /**
   * Returns the command line for the second process. It is composed from the JVM's own information,
   * because {@link ProcessHandle.Info} cuts a command line off after 4,096 bytes, which a class
   * path exceeds.
   */
  private static List<String> command(Class<?> mainClass, String[] args) {
    List<String> command =
        new ArrayList<>(
            List.of("setsid", Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
    command.addAll(List.of(args));
    return command;
  }

  private static void forwardErrors(Process process) {
    try (BufferedReader errors = process.errorReader(UTF_8)) {
      errors.lines().forEach(System.err::println);
    } catch (IOException | UncheckedIOException e) {
      System.err.println(
          "teosd: cannot read the error output of the background process: " + e.getMessage());
    }
  }

  /** Blocks until the process is ready, and returns its status; empty if it ends before. */
  private static Optional<String> awaitReady(Process process) {
    BufferedReader output = process.inputReader(UTF_8);
    try {
      return output
          .lines()
          .filter(line -> line.startsWith(READY_PREFIX))
          .findFirst()
          .map(line -> line.substring(READY_PREFIX.length()));
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
