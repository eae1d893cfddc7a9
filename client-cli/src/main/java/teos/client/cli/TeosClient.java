package teos.client.cli;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import teos.common.HomeFolder;
import teos.common.Terminal;

/** Main class of {@code teos-client}. */
public final class TeosClient {

  private TeosClient() {}

  /** Runs a command and exits with its exit code. */
  public static void main(String... args) {
    Path home = HomeFolder.path();
    Program program =
        isTerminal()
            ? new Program(
                System.out,
                System.err,
                new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())),
                Terminal::columns,
                home)
            : new Program(System.out, System.err, null, () -> 0, home);
    System.exit(program.run(args));
  }

  private static boolean isTerminal() {
    return Terminal.interactive().isPresent();
  }
}
