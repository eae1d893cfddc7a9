package teos.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One run of the program within this JVM. */
record Run(int code, String out, String err) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** With a terminal. */
  static Run terminal(Path home, String... args) {
    return of(true, home, args);
  }

  /** Without one. */
  static Run piped(Path home, String... args) {
    return of(false, home, args);
  }

  private static Run of(boolean terminal, Path home, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        new Program(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                home)
            .run(args);
    return new Run(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  JsonNode json() {
    return json(out);
  }

  JsonNode error() {
    return json(err);
  }

  private JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + this, e);
    }
  }
}
