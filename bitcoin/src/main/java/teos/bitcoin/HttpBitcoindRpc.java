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
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import teos.protocol.HostPort;
import teos.protocol.Txid;

/**
 * bitcoind's JSON-RPC over HTTP. Blocking, and safe for any number of threads; connections are kept
 * alive between calls.
 */
public final class HttpBitcoindRpc implements BitcoindRpc {

  /** A block is at most 4,000,000 bytes, so 8,000,000 hex digits. */
  private static final int MAX_STRING = 9_000_000;

  /** Parameters, more than any method of bitcoind's takes. */
  private static final int TOO_MANY = 64;

  private static final MediaType JSON = MediaType.get("application/json");

  /** Status of results, and of errors: of the call, of its form, and of an unknown method. */
  private static final Set<Integer> BITCOINDS = Set.of(200, 500, 400, 404);

  private static final Set<String> CHECKING = Set.of("sendrawtransaction", "submitpackage");

  private final ObjectMapper mapper =
      new ObjectMapper(
          JsonFactory.builder()
              .disable(StreamReadFeature.AUTO_CLOSE_SOURCE) // the rest is read after it
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(MAX_STRING).build())
              .build());
  private final HttpUrl url;
  private final RpcCredentials credentials;
  private volatile boolean uptimeForbidden;
  private final AtomicLong ids = new AtomicLong();
  private final RpcHttpClients clients = new RpcHttpClients();

  public HttpBitcoindRpc(String host, int port, RpcCredentials credentials) {
    this.url = new HttpUrl.Builder().scheme("http").host(host).port(port).build();
    this.credentials = credentials;
  }

  @Override
  public String endpoint() {
    return new HostPort(url.host(), url.port()).toString();
  }

  @Override
  public JsonNode call(String method, Object... params) throws BitcoindException {
    return call(CHECKING.contains(method) ? clients.checked() : clients.cheap(), method, params);
  }

  private JsonNode call(OkHttpClient http, String method, Object... params)
      throws BitcoindException {
    return exchange(
        method,
        request(method, params),
        http,
        answer -> {
          JsonNode json = mapper.readTree(answer.byteStream());
          throwIfError(json.path("error"));
          if (!json.has("result")) {
            throw new Malformed("no result in it");
          }
          return json.path("result");
        });
  }

  /** Calls it with more parameters than any method has, which bitcoind checks before all else. */
  @Override
  public boolean permits(String method) throws BitcoindException {
    try {
      call(method, new Object[TOO_MANY]);
      return true;
    } catch (BitcoindException.MethodForbidden e) {
      return false;
    } catch (BitcoindException.Refused e) {
      return e.code() != RpcErrorCode.METHOD_NOT_FOUND;
    } catch (BitcoindException.CallFailed e) {
      return true;
    }
  }

  /**
   * Calls {@code uptime}, which waits for nothing in bitcoind, not even for a block that is being
   * connected. Where that is forbidden, the chain's first block is asked for.
   */
  @Override
  public void ping() throws BitcoindException {
    try {
      if (!uptimeForbidden) {
        call(clients.prompt(), "uptime");
        return;
      }
      call(clients.prompt(), "getblockhash", 0);
    } catch (BitcoindException.CallFailed e) {
      uptimeForbidden = true; // and yet it has answered
    } catch (BitcoindException.Unavailable e) {
      uptimeForbidden = false; // its settings may be others when it is back
      throw e;
    }
  }

  @Override
  public List<Outcome> callAll(String method, List<Object[]> params) throws BitcoindException {
    if (params.isEmpty()) {
      return List.of();
    }
    ArrayNode requests = requests(method, params);
    return exchange(
        method,
        requests,
        clients.large(),
        answer -> outcomes(mapper.readTree(answer.byteStream()), requests));
  }

  private static List<Outcome> outcomes(JsonNode answers, ArrayNode requests)
      throws IOException, BitcoindException {
    if (!answers.isArray()) {
      throwIfError(answers.path("error"));
    }
    if (answers.size() != requests.size()) {
      throw new Malformed("a response to another number of calls");
    }
    List<Outcome> outcomes = new ArrayList<>(answers.size());
    for (int i = 0; i < answers.size(); i++) {
      JsonNode answer = answers.get(i);
      if (answer.path("id").asLong() != requests.get(i).path("id").asLong()) {
        throw new Malformed("a response to another call");
      }
      try {
        throwIfError(answer.path("error"));
        outcomes.add(new Outcome.Result(answer.path("result")));
      } catch (BitcoindException.Refused e) {
        outcomes.add(new Outcome.Failure(e));
      }
    }
    return outcomes;
  }

  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    return stream(method, params, HttpBitcoindRpc::bytes);
  }

  private static byte[] bytes(JsonParser parser, long digits) throws IOException {
    HexSink sink = new HexSink(Math.clamp(digits / 2, 0, MAX_STRING / 2));
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new Malformed("no string");
    }
    parser.getText(sink);
    return sink.bytes();
  }

  @Override
  public List<byte[]> callEachForBytes(String method, List<Object[]> params, int enough)
      throws BitcoindException {
    if (params.isEmpty()) {
      return List.of();
    }
    return exchange(
        method,
        requests(method, params),
        clients.large(),
        answer -> {
          try (JsonParser parser = mapper.createParser(answer.byteStream())) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
              throwIfError(mapper.<JsonNode>readTree(parser).path("error"));
            }
            return results(parser, answer.contentLength() / params.size(), enough);
          }
        });
  }

  /**
   * Until one was refused, or there are enough bytes: the rest of the answer is given up then.
   *
   * @param length of each result, more or less
   */
  private static List<byte[]> results(JsonParser parser, long length, int enough)
      throws IOException, BitcoindException {
    List<byte[]> results = new ArrayList<>();
    int bytes = 0;
    try {
      while (bytes < enough && parser.nextToken() == JsonToken.START_OBJECT) {
        results.add(answer(parser, length, HttpBitcoindRpc::bytes));
        bytes += results.getLast().length;
      }
    } catch (BitcoindException.Refused e) {
      return results;
    }
    return results;
  }

  /** Makes no tree of the answer, which would take several times what the txids do. */
  @Override
  public List<Txid> callForTxids(String method, Object... params) throws BitcoindException {
    return stream(
        method,
        params,
        (parser, length) -> {
          List<Txid> txids = new ArrayList<>();
          if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new Malformed("no array");
          }
          while (parser.nextToken() == JsonToken.VALUE_STRING) {
            txids.add(Txid.fromDisplayHex(parser.getText()));
          }
          if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw new Malformed("an element that is no string");
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
        method,
        request(method, params),
        clients.large(),
        answer -> {
          try (JsonParser parser = mapper.createParser(answer.byteStream())) {
            parser.nextToken();
            return answer(parser, answer.contentLength(), reader);
          }
        });
  }

  /** One answer, at whose beginning {@code parser} is, and then at its end. */
  private static <T> T answer(JsonParser parser, long length, ResultReader<T> reader)
      throws IOException, BitcoindException {
    T result = null;
    JsonNode error = MissingNode.getInstance();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals("result") && parser.currentToken() != JsonToken.VALUE_NULL) {
        result = reader.read(parser, length);
      } else if (field.equals("error")) {
        error = parser.readValueAsTree();
      } else {
        parser.skipChildren();
      }
    }
    throwIfError(error);
    if (result == null) {
      throw new Malformed("no result in it");
    }
    return result;
  }

  private interface Reader<T> {
    T read(ResponseBody answer) throws IOException, BitcoindException;
  }

  /** A connection that bitcoind has closed since is replaced by OkHttp, and the call made again. */
  private <T> T exchange(String method, JsonNode request, OkHttpClient http, Reader<T> reader)
      throws BitcoindException {
    Request post =
        new Request.Builder()
            .url(url)
            .header("Authorization", authorization())
            .post(RequestBody.create(request.toString(), JSON))
            .build();
    try (Response response = http.newCall(post).execute()) {
      return read(method, response, reader);
    } catch (ProtocolException e) {
      throw new BitcoindException.Unavailable(
          "what answers at " + endpoint() + " is not bitcoind's RPC (no HTTP)");
    } catch (IOException e) {
      clients.evictAll(); // they are as dead, or as silent
      throw new BitcoindException.Unavailable(
          "bitcoind at " + endpoint() + " does not answer (" + IoReason.ofCall(e) + ")");
    }
  }

  private <T> T read(String method, Response response, Reader<T> reader)
      throws IOException, BitcoindException {
    int status = response.code();
    switch (status) {
      case HttpURLConnection.HTTP_UNAUTHORIZED ->
          throw new BitcoindException.Unauthorized(
              "bitcoind at "
                  + endpoint()
                  + " does not accept the credentials ("
                  + credentials
                  + ")");
      case HttpURLConnection.HTTP_FORBIDDEN ->
          throw BitcoindException.MethodForbidden.of(method, endpoint());
      case HttpURLConnection.HTTP_UNAVAILABLE ->
          throw new BitcoindException.Busy(
              "bitcoind at " + endpoint() + " is too busy (HTTP " + status + ")");
      default -> {
        // what bitcoind has to say is in the body
      }
    }
    try {
      return reader.read(response.body());
    } catch (JsonProcessingException | Malformed | IllegalArgumentException e) {
      if (BITCOINDS.contains(status)) {
        throw new BitcoindException.MalformedResponse(
            "bitcoind at "
                + endpoint()
                + " answers "
                + method
                + " with a response that cannot be"
                + " read (HTTP "
                + status
                + ")");
      }
      throw new BitcoindException.Unavailable(
          "what answers at " + endpoint() + " is not bitcoind's RPC (HTTP " + status + ")");
    }
  }

  /** Response that is no answer to the call, although all of it has come. */
  static final class Malformed extends IOException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  private ArrayNode requests(String method, List<Object[]> params) {
    ArrayNode requests = mapper.createArrayNode();
    params.forEach(each -> requests.add(request(method, each)));
    return requests;
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
          "cannot read bitcoind's " + credentials + ": " + IoReason.ofFile(e));
    }
  }

  private static void throwIfError(JsonNode error) throws BitcoindException, Malformed {
    if (error.isNull() || error.isMissingNode()) {
      return;
    }
    if (!error.isObject()) {
      throw new Malformed("an error of something else's");
    }
    int code = error.path("code").asInt();
    String message = error.path("message").asText();
    if (code == RpcErrorCode.IN_WARMUP) {
      throw new BitcoindException.WarmingUp("bitcoind is starting: " + message);
    }
    throw new BitcoindException.Refused(code, message);
  }
}
