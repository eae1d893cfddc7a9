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
import teos.protocol.Appointment;
import teos.protocol.PublicKey;

final class AddAppointmentCommand implements Command {

  @Override
  public String name() {
    return "add_appointment";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Hands an appointment to the tower.",
        "It is JSON with tx (the raw penalty transaction, hex), tx_id (the revoked commitment's, as"
            + " explorers show it) and to_self_delay (blocks). It is kept until the tower has"
            + " signed for it; 'send_queued' sends it again.",
        "tx and tx_id come from your Lightning node, each time that the other side revokes a"
            + " commitment. Core Lightning: penalty_tx and commitment_txid of a plugin's hook"
            + " commitment_revocation. LDK: ChannelMonitor's"
            + " counterparty_commitment_txs_from_update and sign_to_local_justice_tx. lnd has a"
            + " client of its own (lncli wtclient), which sends them without this program.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.optionalArgument("APPOINTMENT", "The appointment as JSON text."));
    spec.addOption(Command.file());
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    AppointmentInput penalty =
        AppointmentInput.read(
            given.matchedPositionalValue(0, (String) null),
            given.matchedOptionValue("--file", (String) null));
    return context.withTower(
        (client, tower) -> {
          penalty.warning().ifPresent(context.output()::warn);
          PublicKey id = tower.parties().tower();
          Appointment appointment =
              client.appointment(id, penalty.tx(), penalty.commitment(), penalty.toSelfDelay());
          return report(client, tower, appointment, client.add(id, appointment), context.output());
        });
  }

  private static int report(
      TowerClient client,
      KnownTower tower,
      Appointment appointment,
      AddResult result,
      Output output)
      throws Exception {
    PublicKey id = tower.parties().tower();
    ObjectNode json = JsonText.newObject().put("locator", appointment.locator().toHex());
    Table table = new Table().row("Locator", appointment.locator());
    String standing = client.tower(id).map(KnownTower::standing).orElse("ok");
    return switch (result) {
      case AddResult.Accepted taken -> {
        json.put("status", "accepted")
            .put("start_block", taken.receipt().signedReceipt().startBlock())
            .put("signature", taken.receipt().signedReceipt().signature())
            .put("available_slots", taken.availableSlots())
            .put("subscription_expiry", taken.subscriptionExpiry())
            .put("tower_id", id.toHex())
            .put("standing", standing);
        table
            .row("Status", "accepted, and signed by the tower")
            .row("From block", taken.receipt().signedReceipt().startBlock())
            .row("Until block", taken.subscriptionExpiry())
            .row("Slots left", taken.availableSlots())
            .row("Receipt", client.towerFolder(id).receipts().file(appointment.locator()));
        output.print(json, table);
        yield ExitCode.OK.code();
      }
      case AddResult.Queued queued -> {
        PendingReason waiting = queued.reason();
        json.put("status", "queued")
            .put("reason", SendQueuedCommand.jsonText(waiting.kind()))
            .put("why", waiting.message())
            .put("tower_id", id.toHex())
            .put("standing", standing);
        table.row("Status", "queued: not taken yet").row("Because", waiting.message());
        if (waiting.kind() == PendingReason.Kind.SUBSCRIPTION) {
          table.row("To do", "teos-client register " + id);
        }
        output.print(json, table);
        yield waiting.kind() == PendingReason.Kind.MISBEHAVING
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
            "the tower refuses it for good: " + rejected.error() + ". Kept in " + rejected.file(),
            json);
      }
    };
  }
}
