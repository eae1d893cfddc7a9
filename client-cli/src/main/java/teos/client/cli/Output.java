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
 * Where results and errors go, and questions.
 *
 * @param in where a person's answers come from; null if there is no terminal
 * @param columns how wide tables may be; 0 for no limit
 * @param json results, errors and warnings as JSON
 */
record Output(
    PrintStream out,
    PrintStream err,
    @Nullable BufferedReader in,
    IntSupplier columns,
    boolean json) {

  /** A result: {@code machine} or {@code human}. */
  void print(JsonNode machine, Table human) {
    out.println(json ? JsonText.pretty(machine) : human.text(columns.getAsInt()));
  }

  /** Text that is the same for both. */
  void text(String text) {
    out.println(text);
  }

  /** Asks a person whether to go on. Programs, which have no terminal, are not asked. */
  boolean confirms(String question) throws IOException {
    if (in == null) {
      return true;
    }
    err.print(question + " [y/N] ");
    err.flush();
    String answer = in.readLine();
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  /** What went wrong; the answer is the code to end with. */
  int error(ExitCode code, String message) {
    return error(code, message, JsonText.newObject());
  }

  /** What went wrong, with more for programs; the answer is the code to end with. */
  int error(ExitCode code, String message, ObjectNode more) {
    if (json) {
      // The same format as teos-cli's.
      ObjectNode error = JsonText.newObject().put("error", message).put("exit_code", code.code());
      error.setAll(more);
      err.println(JsonText.compact(error));
    } else {
      err.println("teos-client: " + message);
    }
    return code.code();
  }

  /** What the user should know although it worked. */
  void warn(String message) {
    if (json) {
      err.println(JsonText.compact(JsonText.newObject().put("warning", message)));
    } else {
      err.println("teos-client: warning: " + message);
    }
  }
}
