package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** A request that Helidon's server has received. */
record HelidonExchange(ServerRequest request, ServerResponse response, ClientAddress clients)
    implements Exchange {

  @Override
  public String path() {
    return request.path().path();
  }

  @Override
  public InetAddress client() {
    return clients.of(request);
  }

  /** Helidon has read the number, too; its way takes longer than all else that is done with headers. */
  @Override
  public OptionalLong contentLength() {
    return request.headers().first(HeaderNames.CONTENT_LENGTH).stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  @Override
  public InputStream body() {
    return request.content().inputStream();
  }

  @Override
  public void send(ApiResponse answer) throws IOException {
    switch (answer) {
      case ApiResponse.Json(int status, JsonNode body, long retryAfter) -> {
        if (status == Status.REQUEST_ENTITY_TOO_LARGE_413.code()) {
          response.header(HeaderNames.CONNECTION, "close");
        }
        if (retryAfter > 0) {
          response.header(HeaderNames.RETRY_AFTER, Long.toString(retryAfter));
        }
        send(response, status, body);
      }
      case ApiResponse.Streamed(ApiResponse.BodyWriter body, int heldBytes) -> {
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        OutputStream out = new BufferedOutputStream(response.outputStream());
        body.writeTo(out);
        out.close(); // only here: a body that fails half-way must not look complete
      }
    }
  }

  static void send(ServerResponse response, int status, JsonNode body) {
    response
        .status(Status.create(status))
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
