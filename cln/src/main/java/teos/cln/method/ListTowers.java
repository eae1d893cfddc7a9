package teos.cln.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import teos.client.json.JsonText;
import teos.client.store.AppointmentQueue;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;
import teos.protocol.Locator;

/** Lists all towers, without contacting them. Ignores parameters, as rust-teos's plugin does. */
record ListTowers(Towers towers) implements SmallCommand {

  @Override
  public CommandInfo info() {
    return CommandInfo.LIST_TOWERS;
  }

  @Override
  public JsonNode call(JsonNode params) throws IOException {
    ObjectNode json = JsonText.newObject();
    for (Tower tower : towers.all()) {
      json.set(tower.id().toHex(), summary(tower));
    }
    return json;
  }

  private static ObjectNode summary(Tower tower) throws IOException {
    ObjectNode summary = TowerSummary.of(tower);
    AppointmentQueue queue = tower.files().queue();
    ArrayNode pending = summary.putArray("pending_appointments");
    queue.locators().forEach(locator -> pending.add(locator.toHex()));
    ArrayNode invalid = summary.putArray("invalid_appointments");
    Set<Locator> rejected = new LinkedHashSet<>();
    queue.forEachRejected(appointment -> rejected.add(appointment.appointment().locator()));
    rejected.forEach(locator -> invalid.add(locator.toHex()));
    return summary;
  }
}
