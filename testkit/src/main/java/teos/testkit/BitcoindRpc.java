package teos.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** JSON-RPC calls to bitcoind, each over its own HTTP connection. Thread-safe. */
final class BitcoindRpc {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private BitcoindRpc() {}

  /**
   * Calls {@code method} of the bitcoind on loopback port {@code port}.
   *
   * @param userAndPassword in the form of a cookie file, {@code user:password}
   * @throws BitcoindRpcException if bitcoind answers with an error
   * @throws IOException if there is no answer, or the answer is not JSON-RPC (for example because
   *     authentication failed)
   */
  static JsonNode call(int port, String userAndPassword, String method, Object... params)
      throws IOException {
    byte[] body =
        JSON.writeValueAsBytes(
            Map.of("jsonrpc", "1.0", "id", 0, "method", method, "params", List.of(params)));
    var connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setConnectTimeout(TestTimeouts.EVENT_MILLIS);
    connection.setReadTimeout(TestTimeouts.EVENT_MILLIS);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setRequestProperty(
        "Authorization",
        "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(UTF_8)));
    // A kept-alive connection would be stale after bitcoind's idle timeout or restart. The fixed
    // length prevents the JDK from silently sending a call twice.
    connection.setRequestProperty("Connection", "close");
    connection.setFixedLengthStreamingMode(body.length);
    connection.setDoOutput(true);
    try (var out = connection.getOutputStream()) {
      out.write(body);
    }
    return result(connection, method);
  }

  private static JsonNode result(HttpURLConnection connection, String method) throws IOException {
    int status = connection.getResponseCode();
    JsonNode answer;
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      byte[] text = in == null ? new byte[0] : in.readAllBytes();
      if (text.length == 0 || text[0] != '{') {
        throw new IOException(
            "%s: HTTP status %d: %s".formatted(method, status, new String(text, UTF_8)));
      }
      answer = JSON.readTree(text);
    }
    JsonNode error = answer.path("error");
    if (error.isObject()) {
      throw new BitcoindRpcException(error.path("code").asInt(), error.path("message").asText());
    }
    return answer.path("result");
  }
}
