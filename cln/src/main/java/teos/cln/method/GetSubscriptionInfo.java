package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import teos.client.NotRegisteredException;
import teos.client.SubscriptionInfo;
import teos.client.json.JsonText;
import teos.client.wire.TowerException;
import teos.cln.jsonrpc.Log;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;
import teos.protocol.PublicKey;

/** Asks the tower about the subscription, and compares its list with the receipts. */
record GetSubscriptionInfo(Towers towers, Log log) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.GET_SUBSCRIPTION_INFO;
  }

  @Override
  public JsonNode call(JsonNode params) throws RpcException, IOException {
    PublicKey id = TowerIdParam.parse(params);
    Tower tower = Errors.find(towers, id, "Unknown tower id: " + id);
    SubscriptionInfo info;
    try {
      info = tower.client().subscription(id);
    } catch (NotRegisteredException e) {
      throw Errors.of(e);
    } catch (TowerException e) {
      throw Errors.of(tower, e);
    }
    if (!info.missing().isEmpty()) {
      log.error(
          "The tower has lost appointments that it signed for tower="
              + id
              + " count="
              + info.missing().size());
    }
    ObjectNode json =
        JsonText.newObject()
            .put("available_slots", info.availableSlots())
            .put("subscription_expiry", info.subscriptionExpiry());
    ArrayNode locators = json.putArray("locators");
    info.locators().forEach(locator -> locators.add(locator.toHex()));
    return json;
  }
}
