package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Error response to a request, in its user's dialect. It is thrown, and only within this package,
 * because a dialect finds most errors deep inside the inspection of a body.
 */
final class ApiException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient JsonNode body;
  private final long retryAfter;

  ApiException(int status, JsonNode body) {
    this(status, body, 0);
  }

  /**
   * @param retryAfter seconds for the Retry-After header; 0 for no header
   */
  ApiException(int status, JsonNode body, long retryAfter) {
    super("HTTP " + status, null, false, false);
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }

  long retryAfter() {
    return retryAfter;
  }

  int status() {
    return status;
  }

  JsonNode body() {
    return body;
  }
}
