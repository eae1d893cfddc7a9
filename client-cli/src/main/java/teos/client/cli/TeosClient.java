package teos.client.cli;

import java.io.Console;
import teos.config.HomeFolder;

/** The program {@code teos-client}. */
public final class TeosClient {

  private TeosClient() {}

  /** Runs a command and exits with its code. */
  public static void main(String... args) {
    System.exit(
        new Program(System.out, System.err, isTerminal(), HomeFolder.path()).run(args));
  }

  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
