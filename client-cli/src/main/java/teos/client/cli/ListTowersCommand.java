package teos.client.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ParseResult;
import teos.client.TowerClient;
import teos.client.evidence.DialectText;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.client.store.TowerFolder;
import teos.protocol.PublicKey;

final class ListTowersCommand implements Command {

  @Override
  public String name() {
    return "list_towers";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Lists the towers that you have registered with.", "Does not contact the towers.");
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    try (TowerClient client = context.openClient()) {
      Optional<PublicKey> defaultTower = client.defaultTower();
      ObjectNode json = JsonText.newObject();
      ArrayNode list = json.putArray("towers");
      Table table =
          new Table()
              .row(
                  "",
                  "TOWER",
                  "ADDRESS",
                  "DIALECT",
                  "SLOTS",
                  "UNTIL",
                  "RECEIPTS",
                  "QUEUED",
                  "REJECTED",
                  "STANDING");
      for (KnownTower tower : client.towers()) {
        PublicKey id = tower.parties().tower();
        TowerFolder files = client.towerFolder(id);
        boolean isDefault = defaultTower.equals(Optional.of(id));
        int receipts = files.receipts().locators().size();
        int queued = files.queue().size();
        int rejected = files.queue().rejectedCount();
        ObjectNode entry = list.addObject();
        tower.parties().writeTo(entry);
        entry
            .put("address", tower.address().toString())
            .put("default", isDefault)
            .put("available_slots", tower.availableSlots())
            .put("subscription_expiry", tower.subscriptionExpiry())
            .put("receipts", receipts)
            .put("queued", queued)
            .put("rejected", rejected)
            .put("bundles", tower.supportsBundles())
            .put("standing", tower.standing());
        tower
            .misbehaviour()
            .ifPresent(
                misbehaviour ->
                    entry
                        .put("misbehaviour", misbehaviour.kind())
                        .put("proof", files.proofFile(misbehaviour.proof()).toString()));
        table.row(
            isDefault ? "*" : "",
            id,
            tower.address(),
            DialectText.of(tower.parties().dialect()),
            tower.availableSlots(),
            tower.subscriptionExpiry(),
            receipts,
            queued,
            rejected,
            tower.misbehaviour().map(KnownTower.RecordedMisbehaviour::kind).orElse("ok"));
      }
      context
          .output()
          .print(json, list.isEmpty() ? new Table().row("Not registered with any tower.") : table);
      return ExitCode.OK.code();
    }
  }
}
