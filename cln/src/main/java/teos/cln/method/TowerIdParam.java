package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import teos.client.json.JsonText;
import teos.cln.jsonrpc.RpcException;
import teos.protocol.PublicKey;

/** Parameter of the commands that take only a tower's id. */
final class TowerIdParam {

  private TowerIdParam() {}

  /**
   * Returns the id.
   *
   * @throws RpcException with the text of rust-teos's plugin, if the parameters are anything else
   */
  static PublicKey parse(JsonNode params) throws RpcException {
    return switch (params.getNodeType()) {
      case STRING -> id(params.textValue());
      case ARRAY -> {
        if (params.size() != 1) {
          throw notSingle(params.size());
        }
        yield parse(params.get(0));
      }
      case OBJECT -> {
        if (params.size() > 1) {
          throw notSingle(params.size());
        }
        JsonNode id = params.has("user_id") ? params.path("user_id") : params.path("tower_id");
        if (id.isMissingNode()) {
          throw new RpcException("user_id or tower_id not found");
        }
        yield parse(id);
      }
      case MISSING -> throw notSingle(0);
      default ->
          throw new RpcException(
              "Unexpected request format. Expected: user_id/tower_id. Received: '"
                  + JsonText.compact(params)
                  + "'");
    };
  }

  private static RpcException notSingle(int count) {
    return new RpcException(
        "Unexpected json format. Expected a single parameter. Received: " + count);
  }

  private static PublicKey id(String text) throws RpcException {
    try {
      return PublicKey.fromHex(text);
    } catch (IllegalArgumentException e) {
      throw new RpcException(
          "Provided public key does not match expected format (33-byte hex string)");
    }
  }
}
