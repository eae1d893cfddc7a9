package teos.client.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.ParseResult;
import teos.client.SubscriptionInfo;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

final class GetSubscriptionInfoCommand implements Command {

  @Override
  public String name() {
    return "get_subscription_info";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Asks the tower about your subscription.",
        "If appointments that the tower has signed for are missing from its list, it is marked as"
            + " misbehaving, and the proofs are saved.");
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    return context.withTower(
        (client, tower) -> {
          PublicKey id = tower.parties().tower();
          SubscriptionInfo info = client.subscription(id);
          int queued = client.towerFolder(id).queue().size();
          String standing = client.tower(id).map(KnownTower::standing).orElse("ok");
          ObjectNode json =
              JsonText.newObject()
                  .put("available_slots", info.availableSlots())
                  .put("subscription_expiry", info.subscriptionExpiry());
          list(json.putArray("locators"), info.locators());
          if (tower.parties().dialect() == Dialect.V1) {
            list(json.putArray("appointments"), info.locators()); // python-teos's name of the field
          }
          list(json.putArray("missing"), info.missing());
          json.put("queued", queued).put("tower_id", id.toHex()).put("standing", standing);
          Table table =
              new Table()
                  .row("Tower", id)
                  .row("Standing", standing)
                  .row("Slots left", info.availableSlots())
                  .row("Until block", info.subscriptionExpiry())
                  .row("Appointments", info.locators().size())
                  .row("Queued", queued);
          info.locators().forEach(locator -> table.row("", locator));
          info.missing().forEach(locator -> table.row("MISSING", locator));
          context.output().print(json, table);
          return info.missing().isEmpty() ? ExitCode.OK.code() : ExitCode.MISBEHAVING.code();
        });
  }

  private static void list(ArrayNode array, List<Locator> locators) {
    locators.forEach(locator -> array.add(locator.toHex()));
  }
}
