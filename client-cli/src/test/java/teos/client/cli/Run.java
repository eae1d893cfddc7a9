package teos.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Result of one run of the program within this JVM. */
record Run(int code, String out, String err) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Runs the program with a terminal whose input is empty. */
  static Run terminal(Path home, String... args) {
    return of(new BufferedReader(new StringReader("")), 0, home, args);
  }

  /** Runs the program with a terminal of {@code columns} columns. */
  static Run terminal(int columns, Path home, String... args) {
    return of(new BufferedReader(new StringReader("")), columns, home, args);
  }

  /** Runs the program with a terminal at which a person types {@code answer}. */
  static Run answering(String answer, Path home, String... args) {
    return of(new BufferedReader(new StringReader(answer + "\n")), 0, home, args);
  }

  /** Runs the program without a terminal. */
  static Run piped(Path home, String... args) {
    return of(null, 0, home, args);
  }

  private static Run of(@Nullable BufferedReader in, int columns, Path home, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        new Program(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                in,
                () -> columns,
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
