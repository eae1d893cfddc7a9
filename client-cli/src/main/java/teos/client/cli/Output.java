package teos.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import teos.client.json.JsonText;

/**
 * Where results and errors go.
 *
 * @param json results as JSON
 * @param jsonErrors errors as JSON too
 */
record Output(PrintStream out, PrintStream err, boolean json, boolean jsonErrors) {

  /** A result: {@code machine} or {@code human}. */
  void print(JsonNode machine, Table human) {
    out.println(json ? JsonText.pretty(machine) : human.toString());
  }

  /** Text that is the same for both. */
  void text(String text) {
    out.println(text);
  }

  /** What went wrong; the answer is the code to end with. */
  int error(ExitCode code, String message) {
    return error(code, message, JsonText.object());
  }

  /** What went wrong, with more for programs; the answer is the code to end with. */
  int error(ExitCode code, String message, ObjectNode more) {
    if (jsonErrors) {
      ObjectNode json = JsonText.object().put("error", message).put("code", code.code());
      json.setAll(more);
      err.println(JsonText.compact(json));
    } else {
      err.println("teos-client: " + message);
    }
    return code.code();
  }

  /** What the user should know although it worked. */
  void warn(String message) {
    if (jsonErrors) {
      err.println(JsonText.compact(JsonText.object().put("warning", message)));
    } else {
      err.println("teos-client: warning: " + message);
    }
  }
}
