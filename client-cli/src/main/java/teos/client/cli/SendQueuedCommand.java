package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.AddResult;
import teos.client.Backoff;
import teos.client.PendingReason;
import teos.client.SendReport;
import teos.client.TowerClient;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.protocol.PublicKey;

final class SendQueuedCommand implements Command {

  @Override
  public String name() {
    return "send_queued";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Sends the tower what it has not taken yet.",
        "With --wait, again and again, ever less often, until it has everything or only you can"
            + " help.");
  }

  @Override
  public void take(CommandSpec spec) {
    spec.addOption(Flags.flag("--wait", "Keeps trying until the queue is empty"));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    boolean patient = given.hasMatchedOption("--wait");
    return context.withTower(
        (client, tower) -> {
          PublicKey id = tower.parties().tower();
          SendReport report = send(client, id, patient, context.output());
          String standing = client.tower(id).map(KnownTower::standing).orElse("ok");
          context
              .output()
              .print(
                  json(report).put("tower_id", id.toHex()).put("standing", standing),
                  rows(new Table(), report));
          return code(report).code();
        });
  }

  private static SendReport send(
      TowerClient client, PublicKey tower, boolean patient, Output output) throws Exception {
    RandomGenerator random = RandomGenerator.getDefault();
    SendReport report = client.sendQueued(tower);
    int taken = report.taken();
    List<AddResult.Rejected> rejected = new java.util.ArrayList<>(report.rejected());
    int failures = 0;
    while (patient && report.waiting().filter(PendingReason::mayPass).isPresent()) {
      PendingReason waiting = report.waiting().get();
      failures = report.taken() > 0 ? 1 : failures + 1;
      if (failures == 1) {
        output.warn("waiting: " + waiting.why());
      }
      Thread.sleep(waiting.wait(Backoff.USUAL, failures, random));
      report = client.sendQueued(tower);
      taken += report.taken();
      rejected.addAll(report.rejected());
    }
    return new SendReport(taken, rejected, report.left(), report.waiting());
  }

  private static ExitCode code(SendReport report) {
    if (report.waiting().isPresent()) {
      return report.waiting().get().reason() == PendingReason.Reason.MISBEHAVING
          ? ExitCode.MISBEHAVING
          : ExitCode.QUEUED;
    }
    return report.rejected().isEmpty() ? ExitCode.OK : ExitCode.REFUSED;
  }

  static String text(PendingReason.Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode json(SendReport report) {
    ObjectNode json =
        JsonText.object()
            .put("sent", report.taken())
            .put("rejected", report.rejected().size())
            .put("queued", report.left());
    report
        .waiting()
        .ifPresent(waiting -> json.put("reason", text(waiting.reason())).put("why", waiting.why()));
    return json;
  }

  static Table rows(Table table, SendReport report) {
    table.row("Sent", report.taken());
    for (AddResult.Rejected rejected : report.rejected()) {
      table.row("Rejected", rejected.file() + ": " + rejected.refusal());
    }
    table.row("Queued", report.left());
    report.waiting().ifPresent(waiting -> table.row("Because", waiting.why()));
    return table;
  }
}
