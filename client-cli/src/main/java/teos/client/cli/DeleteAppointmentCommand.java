package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.DeletionResult;
import teos.client.json.JsonText;
import teos.protocol.Locator;

final class DeleteAppointmentCommand implements Command {

  @Override
  public String name() {
    return "delete_appointment";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Asks the tower to delete an appointment, such as one of a closed channel.",
        "This frees its slots; the tower no longer responds to a breach. java-teos supports it, the"
            + " reference towers do not.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(LocatorArgument.spec());
    spec.addOption(Flags.flag("-y", "--yes", "Does not ask for confirmation on a terminal"));
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    LocatorArgument argument = LocatorArgument.read(parsed);
    boolean confirmed = parsed.hasMatchedOption("--yes");
    Output output = context.output();
    return context.withTower(
        (client, tower) -> {
          Locator locator = argument.resolve(client, tower);
          if (!confirmed
              && !output.confirms(
                  "Delete " + locator + "? The tower will not respond to a breach of it.")) {
            return output.error(ExitCode.ERROR, "nothing was deleted");
          }
          DeletionResult result;
          try {
            result = client.delete(tower.parties().tower(), locator);
          } catch (IllegalStateException e) {
            return output.error(
                ExitCode.REFUSED, String.valueOf(e.getMessage()), JsonText.newObject());
          }
          ObjectNode json = JsonText.newObject().put("locator", locator.toHex());
          return switch (result) {
            case DeletionResult.Deleted(long slots) -> {
              output.print(
                  json.put("status", "deleted").put("available_slots", slots),
                  new Table()
                      .row("Locator", locator)
                      .row("Status", "deleted")
                      .row("Available slots", slots));
              yield ExitCode.OK.code();
            }
            case DeletionResult.NotFound notFound ->
                output.error(
                    ExitCode.NOT_FOUND,
                    "the tower has no such appointment of yours: " + locator,
                    json.put("status", "not_found"));
          };
        });
  }
}
