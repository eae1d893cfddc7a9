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
 * A tower in the background ({@code --daemon}). A JVM cannot fork, so the program is started a
 * second time, detached from the terminal, with its log in its file. The first one waits until the
 * second serves, or fails: it passes on what that one writes to standard error, and its exit code.
 */
public final class BackgroundProcess {

  private static final String MARK = "TEOSD_IN_BACKGROUND";

  /** What the second process writes to standard output when it serves. */
  private static final String READY = "ready: ";

  private BackgroundProcess() {}

  /** Whether this process is the second one. */
  public static boolean isBackground() {
    return System.getenv(MARK) != null;
  }

  /** Tells the process that has started this one, if one has, that this one serves. */
  public static void ready(String status) {
    if (isBackground()) {
      System.out.println(READY + status); // to nobody, if that has not waited
      System.out.flush();
    }
  }

  /**
   * Starts {@code mainClass} in the background, and waits until it serves.
   *
   * @param args the command line of this process
   * @return OK if it serves, else how it has ended, which is not OK
   */
  public static ExitCode start(Class<?> mainClass, String[] args, Config config)
      throws InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command(mainClass, args))
            .redirectInput(Redirect.from(new File("/dev/null")));
    builder.environment().put(MARK, "1");
    try {
      Process process = builder.start();
      System.out.println(
          "teosd: starting in the background, pid "
              + process.pid()
              + ", log "
              + config.files().log());
      Thread errors = Thread.ofVirtual().start(() -> passOnErrors(process));
      Optional<String> status = awaitReady(process);
      if (status.isPresent()) {
        System.out.println("teosd: " + status.get());
        return ExitCode.OK;
      }
      int code = process.waitFor();
      errors.join();
      System.err.println(
          "teosd: not started: the process in the background has ended with code " + code);
      // It was told to stop before it served: nothing runs, which must not look like success.
      return code == ExitCode.OK.code() ? ExitCode.ERROR : ExitCode.of(code);
    } catch (IOException e) {
      System.err.println("teosd: cannot start in the background: " + e.getMessage());
      return ExitCode.ERROR;
    }
  }

  /**
   * What this process was started with. The JVM is asked for it: what the system shows of a command
   * line is cut off after 4,096 bytes, which a class path exceeds.
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

  private static void passOnErrors(Process process) {
    try (BufferedReader errors = process.errorReader(UTF_8)) {
      errors.lines().forEach(System.err::println);
    } catch (IOException | UncheckedIOException e) {
      System.err.println("teosd: what it says cannot be read: " + e.getMessage());
    }
  }

  /** The status with which it serves; none if it ends before. */
  private static Optional<String> awaitReady(Process process) {
    BufferedReader output = process.inputReader(UTF_8);
    try {
      return output
          .lines()
          .filter(line -> line.startsWith(READY))
          .findFirst()
          .map(line -> line.substring(READY.length()));
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
