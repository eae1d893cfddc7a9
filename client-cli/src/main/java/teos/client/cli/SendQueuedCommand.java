package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
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
        "Sends the queued appointments to the tower.",
        "With --wait, retries with increasing delays until the queue is empty or you have to act.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addOption(Flags.flag("--wait", "Retries until the queue is empty or you have to act"));
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    boolean retry = parsed.hasMatchedOption("--wait");
    return context.withTower(
        (client, tower) -> {
          PublicKey id = tower.parties().tower();
          SendReport report = send(client, id, retry, context.output());
          String standing = client.tower(id).map(KnownTower::standing).orElse("ok");
          context
              .output()
              .print(
                  json(report).put("tower_id", id.toHex()).put("standing", standing),
                  rows(new Table(), report));
          return code(report).code();
        });
  }

  private static SendReport send(TowerClient client, PublicKey tower, boolean retry, Output output)
      throws Exception {
    RandomGenerator random = RandomGenerator.getDefault();
    SendReport report = client.sendQueued(tower);
    int accepted = report.accepted();
    List<AddResult.Rejected> rejected = new ArrayList<>(report.rejected());
    int failures = 0;
    while (retry && report.pendingReason().filter(PendingReason::isTransient).isPresent()) {
      PendingReason reason = report.pendingReason().get();
      failures = report.accepted() > 0 ? 1 : failures + 1;
      if (failures == 1) {
        output.warn("retrying: " + reason.message());
      }
      Thread.sleep(reason.retryDelay(Backoff.DEFAULT, failures, random));
      report = client.sendQueued(tower);
      accepted += report.accepted();
      rejected.addAll(report.rejected());
    }
    return new SendReport(accepted, rejected, report.remaining(), report.pendingReason());
  }

  private static ExitCode code(SendReport report) {
    if (report.pendingReason().isPresent()) {
      return report.pendingReason().get().kind() == PendingReason.Kind.MISBEHAVING
          ? ExitCode.MISBEHAVING
          : ExitCode.QUEUED;
    }
    return report.rejected().isEmpty() ? ExitCode.OK : ExitCode.REFUSED;
  }

  /** Returns the text of {@code reason} in the JSON output, which scripts may rely on. */
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
            reason -> json.put("reason", jsonText(reason.kind())).put("why", reason.message()));
    return json;
  }

  static Table rows(Table table, SendReport report) {
    table.row("Sent", report.accepted());
    for (AddResult.Rejected rejected : report.rejected()) {
      table.row("Rejected", rejected.file() + ": " + rejected.error());
    }
    table.row("Queued", report.remaining());
    report.pendingReason().ifPresent(reason -> table.row("Reason", reason.message()));
    return table;
  }
}
