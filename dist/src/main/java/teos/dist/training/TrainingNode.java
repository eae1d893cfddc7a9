package teos.dist.training;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import fr.acinq.bitcoin.Block;
import fr.acinq.bitcoin.BlockHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Simulated bitcoind with a short chain. It answers the RPC calls that a tower makes when it
 * starts, so that the build needs no bitcoind.
 */
final class TrainingNode implements AutoCloseable {

  private static final int BLOCKS = 10;
  private static final int INVALID_PARAMETER = -8;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectMapper mapper = new ObjectMapper();
  private final List<Block> chain = chain();
  private final HttpServer server;

  private TrainingNode(HttpServer server) {
    this.server = server;
  }

  /** Starts a node on a free loopback port. */
  static TrainingNode start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    TrainingNode node = new TrainingNode(server);
    server.createContext("/", node::handle);
    server.start();
    return node;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Returns a chain on regtest's genesis block; each block contains the genesis transaction. */
  private static List<Block> chain() {
    Block genesis = Block.RegtestGenesisBlock;
    List<Block> chain = new ArrayList<>(List.of(genesis));
    for (int height = 1; height <= BLOCKS; height++) {
      BlockHeader header =
          genesis
              .header
              .setHashPreviousBlock(chain.getLast().hash)
              .setTime(genesis.header.time + height);
      chain.add(new Block(header, genesis.tx));
    }
    return chain;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode request = mapper.readTree(exchange.getRequestBody());
      JsonNode response = request.isArray() ? responses(request) : response(request);
      byte[] body = response.toString().getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private ArrayNode responses(JsonNode requests) {
    ArrayNode responses = JSON.arrayNode();
    requests.forEach(request -> responses.add(response(request)));
    return responses;
  }

  private ObjectNode response(JsonNode request) {
    ObjectNode response = JSON.objectNode();
    JsonNode result = result(request);
    response.set("result", result);
    if (result.isMissingNode()) {
      response
          .putNull("result")
          .putObject("error")
          .put("code", INVALID_PARAMETER)
          .put("message", "not supported in training: " + request);
    }
    response.set("id", request.path("id"));
    return response;
  }

  /**
   * Returns the result, or a missing node for the placeholder arguments with which the tower tests
   * whether it may call a method.
   */
  private JsonNode result(JsonNode request) {
    try {
      return result(request.path("method").asText(), request.path("params").path(0));
    } catch (IllegalArgumentException e) {
      return JSON.missingNode();
    }
  }

  private JsonNode result(String method, JsonNode argument) {
    return switch (method) {
      case "uptime" -> JSON.numberNode(1);
      case "getblockchaininfo" ->
          JSON.objectNode()
              .put("chain", "regtest")
              .put("bestblockhash", hash(BLOCKS))
              .put("blocks", BLOCKS)
              .put("headers", BLOCKS)
              .put("initialblockdownload", false)
              .put("pruned", false);
      case "getrawmempool" -> JSON.arrayNode();
      case "getbestblockhash" -> JSON.textNode(hash(BLOCKS));
      case "getblockhash" -> JSON.textNode(hash(argument.asInt()));
      case "getblockheader" -> {
        int height = height(argument.asText());
        yield JSON.objectNode()
            .put("hash", hash(height))
            .put("height", height)
            .put("previousblockhash", hash(Math.max(0, height - 1)));
      }
      case "getblock" ->
          JSON.textNode(
              HexFormat.of().formatHex(Block.write(chain.get(height(argument.asText())))));
      default -> JSON.missingNode();
    };
  }

  private String hash(int height) {
    return chain.get(height).blockId.toString();
  }

  private int height(String hash) {
    for (int height = 0; height <= BLOCKS; height++) {
      if (hash(height).equals(hash)) {
        return height;
      }
    }
    throw new IllegalArgumentException("no such block: " + hash);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
