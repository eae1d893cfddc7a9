package teos.client.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.TowerClient;
import teos.client.json.JsonText;
import teos.protocol.PublicKey;

final class RemoveTowerCommand implements Command {

  @Override
  public String name() {
    return "remove_tower";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Forgets a tower: it is no longer listed, and nothing is sent to it.",
        "The tower is not told: it keeps watching what it has until the subscription ends. Receipts"
            + " and proofs are moved to the folder removed/.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.argument("TOWER_ID", "The tower's id, 66 hex digits."));
    spec.addOption(
        Flags.flag("--force", "Also if appointments wait to be sent to it: they will not be"));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    PublicKey id;
    try {
      id = Settings.towerId(given.matchedPositionalValue(0, ""));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    boolean force = given.hasMatchedOption("--force");
    try (TowerClient client = context.openClient()) {
      Path removed;
      try {
        removed = client.remove(id, force);
      } catch (IllegalStateException e) {
        return context
            .output()
            .error(
                ExitCode.QUEUED,
                e.getMessage()
                    + "; 'send_queued' sends it, --force removes the tower all the same");
      }
      context
          .output()
          .print(
              JsonText.newObject()
                  .put("status", "removed")
                  .put("tower_id", id.toHex())
                  .put("folder", removed.toString()),
              new Table()
                  .row("Removed", id)
                  .row("Receipts", removed)
                  .row("Default", client.defaultTower().map(PublicKey::toHex).orElse("none")));
      return ExitCode.OK.code();
    }
  }
}
