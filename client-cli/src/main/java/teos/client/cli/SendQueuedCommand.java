package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
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
  public void configure(CommandSpec spec) {
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
    int taken = report.accepted();
    List<AddResult.Rejected> rejected = new java.util.ArrayList<>(report.rejected());
    int failures = 0;
    while (patient && report.pendingReason().filter(PendingReason::isTransient).isPresent()) {
      PendingReason waiting = report.pendingReason().get();
      failures = report.accepted() > 0 ? 1 : failures + 1;
      if (failures == 1) {
        output.warn("waiting: " + waiting.message());
      }
      Thread.sleep(waiting.retryDelay(Backoff.DEFAULT, failures, random));
      report = client.sendQueued(tower);
      taken += report.accepted();
      rejected.addAll(report.rejected());
    }
    return new SendReport(taken, rejected, report.remaining(), report.pendingReason());
  }

  private static ExitCode code(SendReport report) {
    if (report.pendingReason().isPresent()) {
      return report.pendingReason().get().kind() == PendingReason.Kind.MISBEHAVING
          ? ExitCode.MISBEHAVING
          : ExitCode.QUEUED;
    }
    return report.rejected().isEmpty() ? ExitCode.OK : ExitCode.REFUSED;
  }

  /** Returns the value of {@code reason} in the JSON output. */
  static String jsonText(PendingReason.Kind kind) {
    return switch (kind) {
      case UNREACHABLE -> "unreachable";
      case BUSY -> "busy";
      case UNEXPECTED_RESPONSE -> "odd_answer";
      case SUBSCRIPTION -> "subscription";
      case MISBEHAVING -> "misbehaving";
      case EARLIER_VERSION_QUEUED -> "behind_earlier";
      case ANOTHER_SENDER -> "another_sender";
    };
  }

  private static ObjectNode json(SendReport report) {
    ObjectNode json =
        JsonText.newObject()
            .put("sent", report.accepted())
            .put("rejected", report.rejected().size())
            .put("queued", report.remaining());
    report
        .pendingReason()
        .ifPresent(
            waiting -> json.put("reason", jsonText(waiting.kind())).put("why", waiting.message()));
    return json;
  }

  static Table rows(Table table, SendReport report) {
    table.row("Sent", report.accepted());
    for (AddResult.Rejected rejected : report.rejected()) {
      table.row("Rejected", rejected.file() + ": " + rejected.error());
    }
    table.row("Queued", report.remaining());
    report.pendingReason().ifPresent(waiting -> table.row("Because", waiting.message()));
    return table;
  }
}
