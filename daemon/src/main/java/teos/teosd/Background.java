package teos.teosd;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import teos.config.Config;

/**
 * Running in the background ({@code --daemon}). A JVM cannot fork, so the tower is started a second
 * time, detached from the terminal, with its log in its file.
 */
final class Background {

  private static final String MARK = "TEOSD_IN_BACKGROUND";

  private Background() {}

  static boolean isBackground() {
    return System.getenv(MARK) != null;
  }

  static ExitCode start(String[] args, Config config) {
    ProcessHandle.Info self = ProcessHandle.current().info();
    String java = self.command().orElse("java");
    List<String> command = new ArrayList<>(List.of("setsid", java));
    // What stands before this program's own arguments are the JVM's.
    String[] all = self.arguments().orElse(args);
    command.addAll(List.of(all));
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD);
      builder.environment().put(MARK, "1");
      Process process = builder.start();
      System.out.println(
          "teosd started in the background, pid " + process.pid() + ", log " + config.files().log());
      return ExitCode.OK;
    } catch (IOException e) {
      System.err.println("teosd: cannot start in the background: " + e.getMessage());
      return ExitCode.ERROR;
    }
  }
}
