package teos.tower;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HexFormat;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.testkit.BitcoindRpcException;
import teos.testkit.simulation.SimulatedNode;

/** RPC connection to a {@link SimulatedNode}. */
public record SimulatedRpc(SimulatedNode node) implements BitcoindRpc {

  @Override
  public String endpoint() {
    return "simulation";
  }

  @Override
  public JsonNode call(String method, Object... params) throws BitcoindException {
    try {
      return node.call(method, params);
    } catch (BitcoindRpcException e) {
      throw new BitcoindException.Refused(e.code(), String.valueOf(e.getMessage()));
    }
  }

  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    return HexFormat.of().parseHex(call(method, params).asText());
  }
}
