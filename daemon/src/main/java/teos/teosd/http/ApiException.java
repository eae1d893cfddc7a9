package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;

/** A request that is answered with something else than what it asked for. */
final class ApiException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient JsonNode body;
  private final long retryAfter;

  ApiException(int status, JsonNode body) {
    this(status, body, 0);
  }

  /**
   * @param retryAfter seconds after which the same may be asked again; 0 to say nothing of that
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
