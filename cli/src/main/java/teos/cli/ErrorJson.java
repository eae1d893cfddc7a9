package teos.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Errors as JSON in the format of teos-client: {@code {"error":text,"exit_code":n}}. */
final class ErrorJson {

  private ErrorJson() {}

  static String of(CliException e) {
    return "{\"error\":"
        + quoted(String.valueOf(e.getMessage()))
        + ",\"exit_code\":"
        + e.exitCode().code()
        + "}";
  }

  static String warning(String text) {
    return "{\"warning\":" + quoted(text) + "}";
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
