package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;

/** Response of the public API; the server beneath only turns it into bytes. */
sealed interface ApiResponse {

  /** HTTP status. */
  int status();

  /**
   * JSON that is small enough to be built in memory.
   *
   * @param retryAfter seconds for the Retry-After header; 0 for no header
   */
  record Json(int status, JsonNode body, long retryAfter) implements ApiResponse {

    static Json ok(JsonNode body) {
      return new Json(200, body, 0);
    }

    static Json of(ApiException refusal) {
      return new Json(refusal.status(), refusal.body(), refusal.retryAfter());
    }
  }

  /**
   * JSON of any length with status 200, written while it is sent.
   *
   * @param heldBytes memory that the writer holds until the client has taken all of it
   */
  record Streamed(BodyWriter body, int heldBytes) implements ApiResponse {
    @Override
    public int status() {
      return 200;
    }
  }

  /** Writes the body of a response, once. */
  interface BodyWriter {
    /**
     * Writes all of the body, and leaves {@code out} open.
     *
     * @throws IOException if the client is gone; the connection must be closed
     */
    void writeTo(OutputStream out) throws IOException;
  }
}
