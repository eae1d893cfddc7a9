package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeSet;
import teos.client.json.JsonText;
import teos.client.wire.TowerAddress;
import teos.cln.jsonrpc.RpcException;
import teos.protocol.PublicKey;

/**
 * Parameters of {@code registertower}: {@code id}, {@code id@host}, {@code id@host:port}, {@code id
 * host}, {@code id host port}, or the names {@code tower_id}, {@code host} and {@code port}. Unlike
 * rust-teos's plugin, accepts {@code https://} in front of the host, and IPv6 addresses in
 * brackets.
 */
record RegisterParams(PublicKey tower, TowerAddress address) {

  private static final Set<String> NAMES = Set.of("tower_id", "host", "port");
  private static final String DEFAULT_HOST = "localhost";
  private static final int MAX_PORT = 0xffff;

  /**
   * Reads the parameters.
   *
   * @throws RpcException with the text of rust-teos's plugin, if the parameters are anything else
   */
  static RegisterParams parse(JsonNode params, int defaultPort) throws RpcException {
    return switch (params.getNodeType()) {
      case STRING -> ofText(params.textValue().strip(), defaultPort);
      case MISSING -> throw count(0);
      case OBJECT -> ofNames((ObjectNode) params, defaultPort);
      case ARRAY -> ofList((ArrayNode) params, defaultPort);
      default ->
          throw new RpcException(
              "Unexpected request format. Expected: 'tower_id[@host][:port]' or 'tower_id [host]"
                  + " [port]'. Received: '"
                  + JsonText.compact(params)
                  + "'");
    };
  }

  private static RpcException count(int count) {
    return new RpcException(
        "Unexpected request format. The request needs 1-3 parameters. Received: " + count);
  }

  private static RegisterParams ofNames(ObjectNode params, int defaultPort) throws RpcException {
    if (params.isEmpty() || params.size() > NAMES.size()) {
      throw count(params.size());
    }
    if (!params.has("tower_id")) {
      throw new RpcException("tower_id is mandatory");
    }
    Set<String> given = new TreeSet<>();
    params.fieldNames().forEachRemaining(given::add);
    if (!NAMES.containsAll(given)) {
      throw new RpcException("Invalid named parameter found in request");
    }
    ArrayNode list = JsonNodeFactory.instance.arrayNode().add(params.path("tower_id"));
    if (params.has("host") || params.has("port")) {
      list.add(
          params.has("host")
              ? params.path("host")
              : JsonNodeFactory.instance.textNode(DEFAULT_HOST));
    }
    if (params.has("port")) {
      list.add(params.path("port"));
    }
    return ofList(list, defaultPort);
  }

  private static RegisterParams ofList(ArrayNode params, int defaultPort) throws RpcException {
    if (params.isEmpty() || params.size() > NAMES.size()) {
      throw count(params.size());
    }
    if (params.size() == 1) {
      return parse(params.get(0), defaultPort);
    }
    if (!params.get(0).isTextual()) {
      throw new RpcException("tower_id must be a string");
    }
    if (!params.get(1).isTextual()) {
      throw new RpcException("host must be a string");
    }
    JsonNode port = params.path(2);
    if (!port.isMissingNode() && !(port.isIntegralNumber() && port.asLong() >= 0)) {
      throw new RpcException("port must be a number. Received: " + JsonText.compact(port));
    }
    PublicKey tower = towerId(params.get(0).textValue());
    String host = params.get(1).textValue();
    if (host.isEmpty()) {
      throw new RpcException("hostname is empty");
    }
    return new RegisterParams(
        tower, address(host, port.isMissingNode() ? defaultPort : port(port.asLong())));
  }

  private static RegisterParams ofText(String text, int defaultPort) throws RpcException {
    int at = text.indexOf('@');
    if (at < 0) {
      return new RegisterParams(towerId(text), address(DEFAULT_HOST, defaultPort));
    }
    PublicKey tower = towerId(text.substring(0, at));
    String host = text.substring(at + 1);
    if (host.isEmpty()) {
      throw new RpcException("hostname is empty");
    }
    int colon = host.indexOf(':');
    boolean hostAndPort = colon >= 0 && !host.contains("://") && !host.startsWith("[");
    if (!hostAndPort) {
      return new RegisterParams(tower, address(host, defaultPort));
    }
    String port = host.substring(colon + 1);
    if (!port.matches("\\d{1,9}")) {
      throw new RpcException("Port is not a number: " + port);
    }
    return new RegisterParams(tower, address(host.substring(0, colon), port(Long.parseLong(port))));
  }

  static PublicKey towerId(String text) throws RpcException {
    try {
      return PublicKey.fromHex(text);
    } catch (IllegalArgumentException e) {
      throw new RpcException("Invalid tower id");
    }
  }

  private static int port(long port) throws RpcException {
    if (port > MAX_PORT) {
      throw new RpcException("port must be a 16-byte integer. Received: " + port);
    }
    return (int) port;
  }

  private static TowerAddress address(String host, int port) throws RpcException {
    if (host.contains(" ")) {
      throw new RpcException("hostname contains white spaces");
    }
    try {
      return TowerAddress.parse(host, port);
    } catch (IllegalArgumentException e) {
      throw new RpcException(String.valueOf(e.getMessage()));
    }
  }
}
