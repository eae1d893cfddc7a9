package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import teos.client.json.JsonText;
import teos.cln.jsonrpc.RpcException;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/** Parameters of the commands about one appointment. */
record AppointmentParams(PublicKey tower, Locator locator) {

  private static final int COUNT = 2;

  /**
   * Reads the parameters.
   *
   * @throws RpcException with the text of rust-teos's plugin, if the parameters are anything else
   */
  static AppointmentParams parse(JsonNode params) throws RpcException {
    if (params.isObject()) {
      if (params.size() > COUNT) {
        throw new RpcException("Invalid named argument found in request");
      }
      for (String name : new String[] {"tower_id", "locator"}) {
        if (!params.has(name)) {
          throw new RpcException(name + " is mandatory");
        }
      }
      return of(params.path("tower_id"), params.path("locator"));
    }
    if (params.isArray() || params.isMissingNode()) {
      if (params.size() != COUNT) {
        throw new RpcException(
            "Unexpected request format. The request needs 2 parameter. Received: " + params.size());
      }
      return of(params.get(0), params.get(1));
    }
    throw new RpcException(
        "Unexpected request format. Expected: tower_id locator. Received: '"
            + JsonText.compact(params)
            + "'");
  }

  private static AppointmentParams of(JsonNode tower, JsonNode locator) throws RpcException {
    if (!tower.isTextual()) {
      throw new RpcException("tower_id must be a hex encoded string");
    }
    PublicKey id = RegisterParams.towerId(tower.textValue());
    if (!locator.isTextual()) {
      throw new RpcException("locator must be a hex encoded string");
    }
    try {
      return new AppointmentParams(id, Locator.fromHex(locator.textValue()));
    } catch (IllegalArgumentException e) {
      throw new RpcException("Invalid locator");
    }
  }
}
