package teos.client.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import teos.client.evidence.RecordedResponse;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;

/**
 * An answer that grants nothing, in either dialect.
 *
 * @param kind what to do about it
 * @param status of HTTP
 * @param code the tower's own; empty if it gave none
 * @param text what the tower says
 * @param retryAfter how long it asks to be left alone
 */
public record TowerError(
    Kind kind, int status, Optional<Integer> code, String text, Optional<Duration> retryAfter) {

  /** What a refusal means for the one who asked. */
  public enum Kind {
    /** The tower cannot answer anybody now. */
    BUSY,
    /** This one could not be answered now, as far as can be seen; perhaps no tower is there. */
    UNEXPECTED,
    /** The user is not registered, or the subscription has ended, or there are too few slots. */
    SUBSCRIPTION,
    /** There is no such appointment. */
    NOT_FOUND,
    /** The request is not one that this tower takes, now or later. */
    PERMANENT
  }

  private static final int MAX_SHOWN_CHARS = 200;

  /** Reads an answer that is not 200 with JSON. */
  public static TowerError of(RecordedResponse answer, Optional<Duration> retryAfter) {
    ObjectNode body;
    try {
      body = JsonText.parse(answer.body());
    } catch (MalformedException e) {
      return new TowerError(
          kindOfStatus(answer.status()),
          answer.status(),
          Optional.empty(),
          shorten(answer.body()),
          retryAfter);
    }
    JsonNode code = body.path("error_code");
    String text =
        body.path("error").isTextual() ? body.path("error").textValue() : shorten(answer.body());
    return new TowerError(
        code.isInt() ? kind(answer.status(), code.intValue(), body) : kind(answer.status(), body),
        answer.status(),
        code.isInt() ? Optional.of(code.intValue()) : Optional.empty(),
        text,
        retryAfter);
  }

  /** An answer of 200 that is not what was asked for. */
  public static TowerError unexpected(RecordedResponse answer, String why) {
    return new TowerError(
        Kind.UNEXPECTED,
        answer.status(),
        Optional.empty(),
        "the answer is not what a tower says (" + why + "): " + shorten(answer.body()),
        Optional.empty());
  }

  private static Kind kind(int status, int code, ObjectNode body) {
    if (status == 429 || status >= 500) {
      return kindOfStatus(status);
    }
    return switch (code) {
      case -8, 7 -> Kind.SUBSCRIPTION;
      case 36 -> Kind.NOT_FOUND;
      // python-teos's and rust-teos's errors of form, and "already triggered"
      case -1, -2, -3, -4, -5, -6, -7, -9, -33, -34, -65 -> Kind.PERMANENT;
      case 1, 2, 3, 4, 5, 6, 33, 34, 35 -> Kind.PERMANENT;
      // resources exhausted: a tower that is full may not stay so
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

  private static String shorten(String body) {
    if (body.stripLeading().startsWith("<")) {
      return "the answer is a web page";
    }
    String line = body.strip().replaceAll("\\p{Cntrl}+", " ");
    return line.length() > MAX_SHOWN_CHARS ? line.substring(0, MAX_SHOWN_CHARS) + "..." : line;
  }

  /** For the user: the tower's words, its code and HTTP's. */
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
