package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;

/** Checks whether the tower answers. */
record PingTower(Towers towers) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.PING_TOWER;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    Tower tower = Errors.find(towers, TowerIdParam.parse(params), "Unknown tower_id");
    try {
      var _ = tower.client().ping(tower.known().address());
      return JsonNodeFactory.instance.textNode("Tower is reachable");
    } catch (TowerErrorException e) {
      throw new RpcException("Tower cannot be reached (Error: " + e.error().status() + ")");
    } catch (TowerException e) {
      throw Errors.of(e);
    }
  }
}
