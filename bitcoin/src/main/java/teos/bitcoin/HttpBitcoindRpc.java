package teos.bitcoin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import teos.protocol.Txid;

/**
 * bitcoind's JSON-RPC over HTTP. Blocking, and safe for any number of threads; connections are kept
 * alive between calls.
 */
public final class HttpBitcoindRpc implements BitcoindRpc {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

  /** A block is at most 4,000,000 bytes, so 8,000,000 hex digits. */
  private static final int MAX_STRING = 9_000_000;

  private final ObjectMapper mapper =
      new ObjectMapper(
          JsonFactory.builder()
              .disable(StreamReadFeature.AUTO_CLOSE_SOURCE) // the rest is read after it, see answer
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(MAX_STRING).build())
              .build());
  private final URI uri;
  private final RpcCredentials credentials;
  private final AtomicLong ids = new AtomicLong();

  public HttpBitcoindRpc(String host, int port, RpcCredentials credentials) {
    this.uri = URI.create("http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port);
    this.credentials = credentials;
  }

  @Override
  public String endpoint() {
    return uri.getHost() + ":" + uri.getPort();
  }

  @Override
  public JsonNode call(String method, Object... params) throws BitcoindException {
    return exchange(
        method,
        params,
        body -> {
          JsonNode answer = mapper.readTree(body);
          throwIfError(answer.path("error"));
          return answer.path("result");
        });
  }

  /** Decodes piece by piece: of a block's digits only the parser's buffer holds some. */
  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    HexSink sink = new HexSink();
    stream(
        method,
        params,
        parser -> {
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            parser.getText(sink);
          }
        });
    return sink.bytes();
  }

  /** Makes no tree of the answer, which would take several times what the txids do. */
  @Override
  public List<Txid> callForTxids(String method, Object... params) throws BitcoindException {
    List<Txid> txids = new ArrayList<>();
    stream(
        method,
        params,
        parser -> {
          while (parser.currentToken() == JsonToken.START_ARRAY
              && parser.nextToken() == JsonToken.VALUE_STRING) {
            do {
              txids.add(Txid.fromDisplayHex(parser.getText()));
            } while (parser.nextToken() == JsonToken.VALUE_STRING);
          }
        });
    return txids;
  }

  private interface ResultReader {
    /** Reads the result, at whose first token {@code parser} is. */
    void read(JsonParser parser) throws IOException;
  }

  private void stream(String method, Object[] params, ResultReader result)
      throws BitcoindException {
    exchange(
        method,
        params,
        body -> {
          try (JsonParser parser = mapper.createParser(body)) {
            while (parser.nextToken() != null) {
              if (parser.currentToken() != JsonToken.FIELD_NAME) {
                continue;
              }
              String field = parser.currentName();
              parser.nextToken();
              if (field.equals("result")) {
                result.read(parser);
              } else if (field.equals("error")) {
                throwIfError(parser.readValueAsTree());
              } else {
                parser.skipChildren();
              }
            }
          }
          return method;
        });
  }

  private interface Reader<T> {
    T read(InputStream body) throws IOException, BitcoindException;
  }

  private <T> T exchange(String method, Object[] params, Reader<T> reader)
      throws BitcoindException {
    try {
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
      connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
      connection.setReadTimeout((int) READ_TIMEOUT.toMillis());
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setRequestProperty("Authorization", authorization());
      connection.setRequestProperty("Content-Type", "application/json");
      byte[] request = request(method, params);
      connection.setFixedLengthStreamingMode(request.length);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(request);
      }
      int status = connection.getResponseCode();
      try (InputStream body =
          status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        return answer(status, body, reader);
      }
    } catch (IOException e) {
      throw new BitcoindException.Unavailable(
          "bitcoind at " + endpoint() + " does not answer (" + why(e) + ")");
    }
  }

  private <T> T answer(int status, InputStream body, Reader<T> reader)
      throws IOException, BitcoindException {
    if (status == HttpURLConnection.HTTP_UNAUTHORIZED
        || status == HttpURLConnection.HTTP_FORBIDDEN) {
      throw new BitcoindException.Unauthorized(
          "bitcoind at " + endpoint() + " does not accept the credentials (" + credentials + ")");
    }
    if (status == HttpURLConnection.HTTP_UNAVAILABLE || body == null) {
      throw new BitcoindException.Unavailable(
          "bitcoind at " + endpoint() + " is too busy (HTTP " + status + ")");
    }
    try {
      return reader.read(body);
    } catch (JsonProcessingException e) {
      throw new BitcoindException.Unavailable(
          "what answers at " + endpoint() + " is not bitcoind's RPC (HTTP " + status + ")");
    } finally {
      body.transferTo(OutputStream.nullOutputStream()); // else the connection cannot be used again
    }
  }

  private byte[] request(String method, Object[] params) throws IOException {
    ObjectNode request = mapper.createObjectNode();
    request.put("jsonrpc", "1.0").put("id", ids.incrementAndGet()).put("method", method);
    ArrayNode array = request.putArray("params");
    for (Object param : params) {
      array.addPOJO(param);
    }
    return mapper.writeValueAsString(request).getBytes(StandardCharsets.UTF_8);
  }

  private String authorization() throws BitcoindException.Unauthorized {
    try {
      return credentials.basicAuthorization();
    } catch (IOException e) {
      throw new BitcoindException.Unauthorized(
          "cannot read the credentials for bitcoind: " + credentials + " (" + why(e) + ")");
    }
  }

  private static void throwIfError(JsonNode error) throws BitcoindException {
    if (error.isNull() || error.isMissingNode()) {
      return;
    }
    int code = error.path("code").asInt();
    String message = error.path("message").asText();
    if (code == RpcErrorCode.IN_WARMUP) {
      throw new BitcoindException.WarmingUp("bitcoind is starting: " + message);
    }
    throw new BitcoindException.Refused(code, message);
  }

  private static String why(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
