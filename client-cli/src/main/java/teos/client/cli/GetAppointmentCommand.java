package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.AppointmentStatus;
import teos.client.evidence.SignedAppointment;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

final class GetAppointmentCommand implements Command {

  @Override
  public String name() {
    return "get_appointment";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Asks the tower for an appointment.",
        "Compares the answer with the receipt. A tower that has lost or altered an appointment it"
            + " signed for is marked as misbehaving, and the proof is saved.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(LocatorArgument.spec());
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    LocatorArgument argument = LocatorArgument.read(parsed);
    Output output = context.output();
    return context.withTower(
        (client, tower) -> {
          PublicKey id = tower.parties().tower();
          Locator locator = argument.resolve(client, tower);
          AppointmentStatus status = client.appointment(id, locator);
          ObjectNode json = JsonText.newObject().put("locator", locator.toHex());
          Table table = new Table().row("Locator", locator);
          switch (status) {
            case AppointmentStatus.BeingWatched watched -> {
              json.put("status", "being_watched")
                  .set("appointment", SignedAppointment.json(watched.appointment()));
              table
                  .row("Status", "being watched")
                  .row("Blob", watched.appointment().encryptedBlob().length + " bytes")
                  .row("To self delay", watched.appointment().toSelfDelay() + " blocks");
            }
            case AppointmentStatus.DisputeResponded responded -> {
              PenaltyOutput.addTo(
                  json.put("status", "dispute_responded")
                      .putObject("appointment")
                      .put("locator", locator.toHex())
                      .put("dispute_txid", responded.disputeTxid().toString())
                      .put("penalty_txid", responded.penaltyTxid().toString())
                      .put("penalty_rawtx", JsonText.hex(responded.penaltyTx())),
                  responded);
              table
                  .row("Status", "dispute seen, penalty broadcast")
                  .row("Dispute", responded.disputeTxid())
                  .row("Penalty", responded.penaltyTxid());
              PenaltyOutput.addTo(table, responded);
            }
            case AppointmentStatus.NotFound notFound -> {
              return output.error(
                  ExitCode.NOT_FOUND,
                  notFound.explanation() + ": " + locator,
                  json.put("status", "not_found"));
            }
          }
          String standing = client.tower(id).map(KnownTower::standing).orElse("ok");
          output.print(json.put("standing", standing), table);
          return ExitCode.OK.code();
        });
  }
}
