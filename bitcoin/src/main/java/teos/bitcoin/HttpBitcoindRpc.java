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
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import teos.protocol.Txid;

/**
 * bitcoind's JSON-RPC over HTTP. Blocking, and safe for any number of threads; connections are kept
 * alive between calls.
 */
public final class HttpBitcoindRpc implements BitcoindRpc {

  /** For what bitcoind looks up in memory. */
  private static final HttpConnection.Patience CHEAP =
      new HttpConnection.Patience(Duration.ofSeconds(15), Duration.ofSeconds(15));

  /** For whole blocks, which come from its disk and may be long on their way. */
  private static final HttpConnection.Patience LARGE =
      new HttpConnection.Patience(Duration.ofSeconds(30), Duration.ofMinutes(5));

  /** A transaction is checked, which waits for a block that is being checked. */
  private static final HttpConnection.Patience CHECKED =
      new HttpConnection.Patience(Duration.ofSeconds(30), Duration.ofSeconds(30));

  /** bitcoind closes connections that were idle for 30 s (its -rpcservertimeout). */
  private static final Duration KEPT = Duration.ofSeconds(20);

  /** A block is at most 4,000,000 bytes, so 8,000,000 hex digits. */
  private static final int MAX_STRING = 9_000_000;

  private static final int MAX_IDLE = 8;

  private final ObjectMapper mapper =
      new ObjectMapper(
          JsonFactory.builder()
              .disable(StreamReadFeature.AUTO_CLOSE_SOURCE) // the rest is read after it
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(MAX_STRING).build())
              .build());
  private final String host;
  private final int port;
  private final RpcCredentials credentials;
  private final AtomicLong ids = new AtomicLong();
  private final Deque<HttpConnection> idle = new ConcurrentLinkedDeque<>();

  public HttpBitcoindRpc(String host, int port, RpcCredentials credentials) {
    this.host = host;
    this.port = port;
    this.credentials = credentials;
  }

  @Override
  public String endpoint() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  @Override
  public JsonNode call(String method, Object... params) throws BitcoindException {
    return exchange(
        request(method, params),
        method.equals("sendrawtransaction") ? CHECKED : CHEAP,
        answer -> {
          JsonNode json = mapper.readTree(answer.body());
          throwIfError(json.path("error"));
          return json.path("result");
        });
  }

  @Override
  public List<JsonNode> callEach(String method, List<Object[]> params) throws BitcoindException {
    if (params.isEmpty()) {
      return List.of();
    }
    ArrayNode requests = mapper.createArrayNode();
    params.forEach(each -> requests.add(request(method, each)));
    return exchange(requests, LARGE, answer -> results(mapper.readTree(answer.body()), requests));
  }

  private static List<JsonNode> results(JsonNode answers, ArrayNode requests)
      throws IOException, BitcoindException {
    if (!answers.isArray()) {
      throwIfError(answers.path("error"));
    }
    if (answers.size() != requests.size()) {
      throw new IOException("an answer to another number of calls");
    }
    List<JsonNode> results = new ArrayList<>(answers.size());
    for (int i = 0; i < answers.size(); i++) {
      JsonNode answer = answers.get(i);
      if (answer.path("id").asLong() != requests.get(i).path("id").asLong()) {
        throw new IOException("an answer to another call");
      }
      try {
        throwIfError(answer.path("error"));
      } catch (BitcoindException.Refused e) {
        break;
      }
      results.add(answer.path("result"));
    }
    return results;
  }

  /** Decodes piece by piece: of a block's digits only the parser's buffer holds some. */
  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    return stream(
        method,
        params,
        (parser, length) -> {
          HexSink sink = new HexSink(Math.clamp(length / 2, 0, MAX_STRING / 2));
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            parser.getText(sink);
          }
          return sink.bytes();
        });
  }

  /** Makes no tree of the answer, which would take several times what the txids do. */
  @Override
  public List<Txid> callForTxids(String method, Object... params) throws BitcoindException {
    return stream(
        method,
        params,
        (parser, length) -> {
          List<Txid> txids = new ArrayList<>();
          if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() == JsonToken.VALUE_STRING) {
              txids.add(Txid.fromDisplayHex(parser.getText()));
            }
          }
          return txids;
        });
  }

  private interface ResultReader<T> {
    /**
     * Reads the result, at whose first token {@code parser} is.
     *
     * @param length bytes of the whole answer; negative if bitcoind has not said
     */
    T read(JsonParser parser, long length) throws IOException;
  }

  private <T> T stream(String method, Object[] params, ResultReader<T> reader)
      throws BitcoindException {
    return exchange(
        request(method, params),
        LARGE,
        answer -> {
          T result = null;
          try (JsonParser parser = mapper.createParser(answer.body())) {
            while (parser.nextToken() != null) {
              if (parser.currentToken() != JsonToken.FIELD_NAME) {
                continue;
              }
              String field = parser.currentName();
              parser.nextToken();
              if (field.equals("result")) {
                result = reader.read(parser, answer.length());
              } else if (field.equals("error")) {
                throwIfError(parser.readValueAsTree());
              } else {
                parser.skipChildren();
              }
            }
          }
          if (result == null) {
            throw new IOException("no result in its answer");
          }
          return result;
        });
  }

  private interface Reader<T> {
    T read(HttpConnection.Answer answer) throws IOException, BitcoindException;
  }

  private <T> T exchange(JsonNode request, HttpConnection.Patience patience, Reader<T> reader)
      throws BitcoindException {
    String authorization = authorization();
    byte[] body = request.toString().getBytes(StandardCharsets.UTF_8);
    HttpConnection kept = kept();
    try {
      if (kept != null) {
        try {
          return exchange(kept, authorization, body, patience, reader);
        } catch (SocketTimeoutException e) {
          throw e; // it has been waited for long enough
        } catch (IOException e) {
          if (!kept.unanswered()) {
            throw e;
          }
          // bitcoind has closed it since: no call of the tower's does harm when it is made twice
        }
      }
      return exchange(HttpConnection.open(host, port), authorization, body, patience, reader);
    } catch (IOException e) {
      closeIdle(); // they are as dead, or as silent
      throw new BitcoindException.Unavailable(
          "bitcoind at " + endpoint() + " does not answer (" + why(e) + ")");
    }
  }

  private <T> T exchange(
      HttpConnection connection,
      String authorization,
      byte[] body,
      HttpConnection.Patience patience,
      Reader<T> reader)
      throws IOException, BitcoindException {
    boolean reusable = false;
    try {
      HttpConnection.Answer answer = connection.post(authorization, body, patience);
      try {
        T result = read(answer, reader);
        reusable = connection.finish(answer);
        return result;
      } catch (BitcoindException e) {
        reusable = connection.finish(answer);
        throw e;
      }
    } finally {
      if (reusable && idle.size() < MAX_IDLE) {
        idle.addFirst(connection);
      } else {
        connection.close();
      }
    }
  }

  private <T> T read(HttpConnection.Answer answer, Reader<T> reader)
      throws IOException, BitcoindException {
    int status = answer.status();
    if (status == HttpURLConnection.HTTP_UNAUTHORIZED
        || status == HttpURLConnection.HTTP_FORBIDDEN) {
      throw new BitcoindException.Unauthorized(
          "bitcoind at " + endpoint() + " does not accept the credentials (" + credentials + ")");
    }
    if (status == HttpURLConnection.HTTP_UNAVAILABLE) {
      throw new BitcoindException.Busy(
          "bitcoind at " + endpoint() + " is too busy (HTTP " + status + ")");
    }
    try {
      return reader.read(answer);
    } catch (JsonProcessingException e) {
      throw new BitcoindException.Unavailable(
          "what answers at " + endpoint() + " is not bitcoind's RPC (HTTP " + status + ")");
    }
  }

  private @Nullable HttpConnection kept() {
    for (HttpConnection next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      if (next.idle().compareTo(KEPT) < 0) {
        return next;
      }
      next.close();
    }
    return null;
  }

  private void closeIdle() {
    for (HttpConnection next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      next.close();
    }
  }

  private ObjectNode request(String method, Object[] params) {
    ObjectNode request = mapper.createObjectNode();
    request.put("jsonrpc", "1.0").put("id", ids.incrementAndGet()).put("method", method);
    ArrayNode array = request.putArray("params");
    for (Object param : params) {
      array.addPOJO(param);
    }
    return request;
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
