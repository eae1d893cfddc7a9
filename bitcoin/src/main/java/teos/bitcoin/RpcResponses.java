package teos.bitcoin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okhttp3.ResponseBody;
import teos.protocol.Txid;

/**
 * Reads bitcoind's JSON-RPC responses. Blocks, transactions and txids are parsed as a stream,
 * because a tree of them would take several times their size in memory.
 */
final class RpcResponses {

  /** Hex digits; a block has at most 4,000,000 bytes, so 8,000,000 hex digits. */
  private static final int MAX_STRING = 9_000_000;

  private final ObjectMapper mapper =
      new ObjectMapper(
          JsonFactory.builder()
              // OkHttp drains the body on close, so that the connection can be reused.
              .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(MAX_STRING).build())
              .build());

  /** Complete response that does not have the form of a response to the call. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /** Reads a result as a stream. */
  private interface ResultReader<T> {

    /**
     * Reads the result, whose first token is the current token of {@code parser}.
     *
     * @param length bytes in the whole response; negative if bitcoind has not sent the length
     */
    T read(JsonParser parser, long length) throws IOException;
  }

  /**
   * Reads any result into a tree.
   *
   * @throws BitcoindException if the response is an error
   * @throws MalformedException if it has neither a result nor an error
   */
  JsonNode tree(ResponseBody body) throws IOException, BitcoindException {
    JsonNode json = mapper.readTree(body.byteStream());
    throwIfError(json.path("error"));
    if (!json.has("result")) {
      throw new MalformedException("the response has no result");
    }
    return json.path("result");
  }

  /**
   * Reads the response to a batch.
   *
   * @return the outcomes, in the order of {@code requests}
   * @throws BitcoindException if the batch as a whole failed
   * @throws MalformedException if the ids are not those of the requests
   */
  List<BitcoindRpc.Outcome> batch(ResponseBody body, ArrayNode requests)
      throws IOException, BitcoindException {
    JsonNode responses = mapper.readTree(body.byteStream());
    if (!responses.isArray()) {
      throwIfError(responses.path("error"));
    }
    if (responses.size() != requests.size()) {
      throw new MalformedException("the number of responses is not the number of calls");
    }
    List<BitcoindRpc.Outcome> outcomes = new ArrayList<>(responses.size());
    for (int i = 0; i < responses.size(); i++) {
      JsonNode response = responses.get(i);
      if (response.path("id").asLong() != requests.get(i).path("id").asLong()) {
        throw new MalformedException("the id of a response is not that of its call");
      }
      try {
        throwIfError(response.path("error"));
        outcomes.add(new BitcoindRpc.Outcome.Result(response.path("result")));
      } catch (BitcoindException.Refused e) {
        outcomes.add(new BitcoindRpc.Outcome.Failure(e));
      }
    }
    return outcomes;
  }

  /** Reads a hex string and decodes it. */
  byte[] bytes(ResponseBody body) throws IOException, BitcoindException {
    return stream(body, RpcResponses::decodeHex);
  }

  /** Reads an array of txids in display order. */
  List<Txid> txids(ResponseBody body) throws IOException, BitcoindException {
    return stream(body, (parser, length) -> parseTxids(parser));
  }

  /**
   * Reads the response to a batch of {@code calls} whose results are hex strings. Stops at the
   * first error, or when the results have {@code byteLimit} bytes together, and leaves the rest of
   * the response unread.
   */
  List<byte[]> batchBytes(ResponseBody body, int calls, int byteLimit)
      throws IOException, BitcoindException {
    try (JsonParser parser = mapper.createParser(body.byteStream())) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throwIfError(mapper.<JsonNode>readTree(parser).path("error"));
      }
      return batchBytes(parser, body.contentLength() / calls, byteLimit);
    }
  }

  /**
   * @param typicalLength estimated bytes in each response
   */
  private static List<byte[]> batchBytes(JsonParser parser, long typicalLength, int byteLimit)
      throws IOException, BitcoindException {
    List<byte[]> results = new ArrayList<>();
    int bytes = 0;
    try {
      while (bytes < byteLimit && parser.nextToken() == JsonToken.START_OBJECT) {
        results.add(response(parser, typicalLength, RpcResponses::decodeHex));
        bytes += results.getLast().length;
      }
    } catch (BitcoindException.Refused e) {
      return results;
    }
    return results;
  }

  private static byte[] decodeHex(JsonParser parser, long digits) throws IOException {
    HexSink sink = new HexSink(Math.clamp(digits / 2, 0, MAX_STRING / 2));
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new MalformedException("the result is not a string");
    }
    parser.getText(sink);
    return sink.bytes();
  }

  private static List<Txid> parseTxids(JsonParser parser) throws IOException {
    List<Txid> txids = new ArrayList<>();
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new MalformedException("the result is not an array");
    }
    while (parser.nextToken() == JsonToken.VALUE_STRING) {
      txids.add(Txid.fromDisplayHex(parser.getText()));
    }
    if (parser.currentToken() != JsonToken.END_ARRAY) {
      throw new MalformedException("an element of the result is not a string");
    }
    return txids;
  }

  private <T> T stream(ResponseBody body, ResultReader<T> reader)
      throws IOException, BitcoindException {
    try (JsonParser parser = mapper.createParser(body.byteStream())) {
      parser.nextToken();
      return response(parser, body.contentLength(), reader);
    }
  }

  /** Reads one response object, from its first token to its last one. */
  private static <T> T response(JsonParser parser, long length, ResultReader<T> reader)
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
      throw new MalformedException("the response has no result");
    }
    return result;
  }

  private static void throwIfError(JsonNode error) throws BitcoindException, MalformedException {
    if (error.isNull() || error.isMissingNode()) {
      return;
    }
    if (!error.isObject()) {
      throw new MalformedException("the error is not an object");
    }
    int code = error.path("code").asInt();
    String message = error.path("message").asText();
    if (code == RpcErrorCode.IN_WARMUP) {
      throw new BitcoindException.WarmingUp("bitcoind is starting: " + message);
    }
    throw new BitcoindException.Refused(code, message);
  }
}
