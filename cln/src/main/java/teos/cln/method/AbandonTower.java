package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import teos.client.NotRegisteredException;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;
import teos.protocol.PublicKey;

/** Forgets a tower. Unlike rust-teos's plugin, keeps its files, in the folder {@code removed}. */
record AbandonTower(Towers towers) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.ABANDON_TOWER;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    PublicKey id = TowerIdParam.parse(params);
    Tower tower = Errors.find(towers, id, "Unknown tower " + id);
    try {
      towers.abandon(tower);
    } catch (NotRegisteredException e) {
      throw Errors.of(e);
    }
    return JsonNodeFactory.instance.textNode(id + " successfully abandoned");
  }
}
