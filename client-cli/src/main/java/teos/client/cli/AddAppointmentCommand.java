package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.AddResult;
import teos.client.PendingReason;
import teos.client.TowerClient;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.client.store.QueueEntry;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

final class AddAppointmentCommand implements Command {

  @Override
  public String name() {
    return "add_appointment";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Sends an appointment to the tower.",
        "The appointment is JSON with tx (the raw penalty transaction, in hex), tx_id (the txid of"
            + " the revoked commitment, as explorers show it) and to_self_delay (in blocks). It is"
            + " queued on disk until the tower has signed a receipt; 'send_queued' retries.",
        "It can also have a bundle: a list of raw transactions, such as the penalty at several fee"
            + " rates. A tower that supports bundles gets the bundle, any other tower gets tx.",
        "tx and tx_id come from your Lightning node, each time the other side revokes a commitment."
            + " Core Lightning: penalty_tx and commitment_txid of the plugin hook"
            + " commitment_revocation. LDK: counterparty_commitment_txs_from_update and"
            + " sign_to_local_justice_tx of ChannelMonitor. lnd has its own client (lncli"
            + " wtclient).");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.optionalArgument("APPOINTMENT", "The appointment as JSON"));
    spec.addOption(Command.file());
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    AppointmentInput input =
        AppointmentInput.read(
            parsed.matchedPositionalValue(0, (String) null),
            parsed.matchedOptionValue("--file", (String) null));
    return context.withTower(
        (client, tower) -> {
          input.warnings().forEach(context.output()::warn);
          QueueEntry entry = enqueue(client, tower.parties().tower(), input);
          AddResult result = client.send(tower.parties().tower(), entry);
          return report(client, tower, entry, result, context.output());
        });
  }

  private static QueueEntry enqueue(TowerClient client, PublicKey tower, AppointmentInput input)
      throws Exception {
    Txid commitment = input.commitment();
    return input.bundle().isEmpty()
        ? client.enqueue(
            tower, client.appointment(tower, input.tx(), commitment, input.toSelfDelay()))
        : client.enqueueBundle(tower, input.bundle(), input.tx(), commitment, input.toSelfDelay());
  }

  private static int report(
      TowerClient client, KnownTower tower, QueueEntry entry, AddResult result, Output output)
      throws Exception {
    PublicKey id = tower.parties().tower();
    ObjectNode json = JsonText.newObject().put("locator", entry.locator().toHex());
    Table table = new Table().row("Locator", entry.locator());
    String standing = client.tower(id).map(KnownTower::standing).orElse("ok");
    return switch (result) {
      case AddResult.Accepted accepted -> {
        json.put("status", "accepted")
            .put("start_block", accepted.receipt().signedReceipt().startBlock())
            .put("signature", accepted.receipt().signedReceipt().signature())
            .put("available_slots", accepted.availableSlots())
            .put("subscription_expiry", accepted.subscriptionExpiry())
            .put("tower_id", id.toHex())
            .put("standing", standing);
        table
            .row("Status", "accepted and signed by the tower")
            .row("From block", accepted.receipt().signedReceipt().startBlock())
            .row("Until block", accepted.subscriptionExpiry())
            .row("Slots left", accepted.availableSlots())
            .row("Receipt", client.towerFolder(id).receipts().file(entry.locator()));
        reportBundle(entry, accepted, json, table);
        output.print(json, table);
        yield ExitCode.OK.code();
      }
      case AddResult.Queued queued -> {
        PendingReason reason = queued.reason();
        json.put("status", "queued")
            .put("reason", SendQueuedCommand.jsonText(reason.kind()))
            .put("why", reason.message())
            .put("tower_id", id.toHex())
            .put("standing", standing);
        table.row("Status", "queued, not accepted yet").row("Reason", reason.message());
        if (reason.kind() == PendingReason.Kind.SUBSCRIPTION) {
          table.row("Next step", "teos-client register " + id);
        }
        output.print(json, table);
        yield reason.kind() == PendingReason.Kind.MISBEHAVING
            ? ExitCode.MISBEHAVING.code()
            : ExitCode.QUEUED.code();
      }
      case AddResult.Rejected rejected -> {
        json.put("status", "rejected")
            .put("http_status", rejected.error().status())
            .put("file", rejected.file().toString())
            .put("standing", standing);
        rejected.error().code().ifPresent(code -> json.put("error_code", code));
        yield output.error(
            ExitCode.REFUSED,
            "the tower rejects the appointment permanently: "
                + rejected.error()
                + ". It is kept in "
                + rejected.file(),
            json);
      }
    };
  }

  /** Reports which of the two the tower has accepted. */
  private static void reportBundle(
      QueueEntry entry, AddResult.Accepted accepted, ObjectNode json, Table table) {
    if (entry.bundle().isPresent()) {
      boolean sent = entry.bundle().get().appointment().equals(accepted.receipt().appointment());
      json.put("bundle", sent);
      table.row(
          "Bundle", sent ? "accepted" : "not sent: the tower does not support it, and got tx");
    }
  }
}
