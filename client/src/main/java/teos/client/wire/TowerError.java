package teos.client.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import teos.client.evidence.RecordedResponse;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;

/**
 * An error that a tower returns, in either dialect.
 *
 * @param status HTTP status
 * @param code the tower's error code; empty if it gave none
 * @param text the tower's error text
 * @param retryAfter delay that the tower asks for before a retry
 */
public record TowerError(
    Kind kind, int status, Optional<Integer> code, String text, Optional<Duration> retryAfter) {

  /** Kinds of errors, by what the client can do. */
  public enum Kind {
    /** The tower serves no requests at the moment: retry later. */
    BUSY,
    /** The response is not one that a tower gives: the request or the server may be at fault. */
    UNEXPECTED,
    /** The user is unknown, the subscription has ended, or it has too few slots: register. */
    SUBSCRIPTION,
    /** The tower has no such appointment. */
    NOT_FOUND,
    /** The tower will never accept this request. */
    PERMANENT
  }

  private static final int MAX_SHOWN_CHARS = 200;
  private static final int MAX_TEXT_CHARS = 1_000;

  /** Reads the error from a response that is not a success. */
  public static TowerError of(RecordedResponse response, Optional<Duration> retryAfter) {
    ObjectNode body;
    try {
      body = JsonText.parse(response.body());
    } catch (MalformedException e) {
      return new TowerError(
          kindOfStatus(response.status()),
          response.status(),
          Optional.empty(),
          shorten(response.body()),
          retryAfter);
    }
    JsonNode code = body.path("error_code");
    String text =
        body.path("error").isTextual()
            ? printable(body.path("error").textValue(), MAX_TEXT_CHARS)
            : shorten(response.body());
    return new TowerError(
        code.isInt()
            ? kind(response.status(), code.intValue(), body)
            : kind(response.status(), body),
        response.status(),
        code.isInt() ? Optional.of(code.intValue()) : Optional.empty(),
        text,
        retryAfter);
  }

  /**
   * Returns the error for a response with HTTP 200 whose content is not as expected.
   *
   * @param reason what is wrong with it
   */
  public static TowerError unexpected(RecordedResponse response, String reason) {
    return new TowerError(
        Kind.UNEXPECTED,
        response.status(),
        Optional.empty(),
        "the response is not one that a tower gives (" + reason + "): " + shorten(response.body()),
        Optional.empty());
  }

  private static Kind kind(int status, int code, ObjectNode body) {
    if (status == 429 || status >= 500) {
      return kindOfStatus(status);
    }
    return switch (code) {
      case -8, 7 -> Kind.SUBSCRIPTION;
      case 36 -> Kind.NOT_FOUND;
      // python-teos and rust-teos: malformed requests, and "already triggered"
      case -1, -2, -3, -4, -5, -6, -7, -9, -33, -34, -65 -> Kind.PERMANENT;
      case 1, 2, 3, 4, 5, 6, 33, 34, 35 -> Kind.PERMANENT;
      // resources exhausted: a full tower may have room later
      case 32, 65 -> Kind.BUSY;
      default -> kind(status, body);
    };
  }

  private static Kind kind(int status, ObjectNode body) {
    return status == 404 && body.path("status").asText().equals("not_found")
        ? Kind.NOT_FOUND
        : kindOfStatus(status);
  }

  private static Kind kindOfStatus(int status) {
    return switch (status) {
      case 401 -> Kind.SUBSCRIPTION;
      case 413 -> Kind.PERMANENT;
      case 429, 502, 503, 504 -> Kind.BUSY;
      default -> Kind.UNEXPECTED;
    };
  }

  /** Returns the beginning of a text without control characters: it is stored, logged and shown. */
  private static String printable(String text, int maxChars) {
    String cut = text.length() > maxChars ? text.substring(0, maxChars) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}+", " ");
  }

  private static String shorten(String body) {
    if (body.stripLeading().startsWith("<")) {
      return "the response is a web page";
    }
    return printable(body.strip(), MAX_SHOWN_CHARS);
  }

  /** Returns the tower's text, its code and the HTTP status, for the user. */
  @Override
  public String toString() {
    return (text.isEmpty() ? "no reason given" : text)
        + " ("
        + code.map(value -> "error " + value + ", ").orElse("")
        + "HTTP "
        + status
        + ")";
  }
}
