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
        "Removes a tower from the list and sends it nothing more.",
        "Does not contact the tower, which keeps watching until the subscription ends. Receipts and"
            + " proofs are moved to the folder removed/.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.argument("TOWER_ID", "The tower's id (66 hex digits)"));
    spec.addOption(
        Flags.flag(
            "--force", "Removes it although appointments are queued; they will not be sent"));
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    PublicKey id;
    try {
      id = Settings.towerId(parsed.matchedPositionalValue(0, ""));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    boolean force = parsed.hasMatchedOption("--force");
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
                    + "; send them with 'send_queued', or remove the tower with --force");
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
