package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;

/** A request that is answered with something else than what it asked for. */
final class ApiException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient JsonNode body;

  ApiException(int status, JsonNode body) {
    super("HTTP " + status, null, false, false);
    this.status = status;
    this.body = body;
  }

  int status() {
    return status;
  }

  JsonNode body() {
    return body;
  }
}
