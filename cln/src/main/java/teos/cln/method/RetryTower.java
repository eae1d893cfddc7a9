package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Optional;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Towers;
import teos.protocol.PublicKey;

/** Retries the queue of a tower that has been unreachable for long, or refused the subscription. */
record RetryTower(Towers towers) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.RETRY_TOWER;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException {
    PublicKey id = TowerIdParam.parse(params);
    Optional<String> error = Errors.find(towers, id, "Unknown tower " + id).retry();
    if (error.isPresent()) {
      throw new RpcException(error.get());
    }
    return JsonNodeFactory.instance.textNode("Retrying " + id);
  }
}
