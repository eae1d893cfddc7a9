package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import teos.client.store.KnownTower;
import teos.client.wire.MisbehavingException;
import teos.client.wire.TowerException;
import teos.client.wire.UnreachableException;
import teos.cln.jsonrpc.Log;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;

/** Registers with a tower, or renews the subscription. */
record RegisterTower(Towers towers, int defaultPort, Log log) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.REGISTER_TOWER;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    RegisterParams parsed = RegisterParams.parse(params, defaultPort);
    try {
      KnownTower tower = towers.register(parsed.tower(), parsed.address());
      log.info(
          "Registered with a tower tower="
              + parsed.tower()
              + " available_slots="
              + tower.availableSlots()
              + " expiry="
              + tower.subscriptionExpiry());
      return RegistrationJson.of(tower);
    } catch (MisbehavingException e) {
      log.warn("A registration has another signature tower=" + parsed.tower() + " why=" + e);
      throw new RpcException(
          "Registration receipt contains bad signature. Are you using the right tower_id?");
    } catch (UnreachableException e) {
      towers.find(parsed.tower()).ifPresent(Tower::foundUnreachable);
      throw Errors.of(e);
    } catch (TowerException e) {
      throw Errors.of(e);
    }
  }
}
