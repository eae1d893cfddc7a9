package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;

/** Response of the public API, which {@link RequestHandler} turns into bytes. */
sealed interface ApiResponse {

  /** Returns the HTTP status. */
  int status();

  /**
   * JSON that is small enough to build in memory.
   *
   * @param retryAfter seconds for the Retry-After header; 0 for no header
   */
  record Json(int status, JsonNode body, long retryAfter) implements ApiResponse {

    static Json ok(JsonNode body) {
      return new Json(200, body, 0);
    }

    static Json of(ApiException error) {
      return new Json(error.status(), error.body(), error.retryAfter());
    }
  }

  /**
   * JSON of any length with status 200, generated while it is sent.
   *
   * @param heldBytes memory that the writer occupies until the client has read everything
   */
  record Streamed(BodyWriter body, int heldBytes) implements ApiResponse {
    @Override
    public int status() {
      return 200;
    }
  }

  /** Writer of a response's body; called once. */
  interface BodyWriter {
    /**
     * Writes the whole body and leaves {@code out} open.
     *
     * @throws IOException if the client has disconnected; the connection must be closed
     */
    void writeTo(OutputStream out) throws IOException;
  }
}
