package teos.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** An error in JSON, in the same format as teos-client's: {@code {"error":text,"exit_code":n}}. */
final class ErrorJson {

  private ErrorJson() {}

  static String of(CliException e) {
    String text =
        new String(JsonStringEncoder.getInstance().quoteAsString(String.valueOf(e.getMessage())));
    return "{\"error\":\"" + text + "\",\"exit_code\":" + e.exitCode().code() + "}";
  }
}
