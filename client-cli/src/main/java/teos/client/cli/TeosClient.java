package teos.client.cli;

import java.io.Console;
import java.nio.file.Path;

/** The program {@code teos-client}. */
public final class TeosClient {

  private TeosClient() {}

  /** Runs a command and exits with its code. */
  public static void main(String... args) {
    Path home = Path.of(System.getProperty("user.home"));
    System.exit(new Program(System.out, System.err, isTerminal(), home).run(args));
  }

  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
