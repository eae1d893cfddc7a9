package teos.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Result of a run of teos-cli. */
record ProcessResult(int code, String out, String err) {

  /** Runs teos-cli in this JVM. */
  static ProcessResult teosCli(boolean terminal, String... args) {
    return teosCli(terminal, 0, args);
  }

  /** Runs teos-cli in this JVM on a terminal with this many columns. */
  static ProcessResult teosCli(int columns, String... args) {
    return teosCli(true, columns, args);
  }

  private static ProcessResult teosCli(boolean terminal, int columns, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = new TeosCli(stream(out), stream(err), terminal, () -> columns).run(args);
    return new ProcessResult(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static PrintStream stream(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out);
  }

  JsonNode error() throws IOException {
    return new ObjectMapper().readTree(err);
  }
}
