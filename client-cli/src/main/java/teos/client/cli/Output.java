package teos.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import teos.client.json.JsonText;

/**
 * Prints results, errors and questions.
 *
 * @param in a person's answers; null if there is no terminal
 * @param columns maximum width of tables; 0 for no limit
 * @param json whether results, errors and warnings are printed as JSON
 */
record Output(
    PrintStream out,
    PrintStream err,
    @Nullable BufferedReader in,
    IntSupplier columns,
    boolean json) {

  /** Prints a result: {@code machine} as JSON, or {@code human} as a table. */
  void print(JsonNode machine, Table human) {
    out.println(json ? JsonText.pretty(machine) : human.text(columns.getAsInt()));
  }

  /** Prints text that is the same in both modes. */
  void text(String text) {
    out.println(text);
  }

  /** Asks for confirmation on a terminal. Returns true without one. */
  boolean confirms(String question) throws IOException {
    if (in == null) {
      return true;
    }
    err.print(question + " [y/N] ");
    err.flush();
    String answer = in.readLine();
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  /** Prints an error and returns its exit code. */
  int error(ExitCode code, String message) {
    return error(code, message, JsonText.newObject());
  }

  /** Prints an error, with more JSON fields, and returns its exit code. */
  int error(ExitCode code, String message, ObjectNode more) {
    if (json) {
      // Same format as teos-cli.
      ObjectNode error = JsonText.newObject().put("error", message).put("exit_code", code.code());
      error.setAll(more);
      err.println(JsonText.compact(error));
    } else {
      err.println("teos-client: " + message);
    }
    return code.code();
  }

  /** Prints a warning. */
  void warn(String message) {
    if (json) {
      err.println(JsonText.compact(JsonText.newObject().put("warning", message)));
    } else {
      err.println("teos-client: warning: " + message);
    }
  }
}
