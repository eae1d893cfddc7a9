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
        "Has the tower delete an appointment, such as one of a channel that is closed: its slots"
            + " are free then, and no breach is answered for it.",
        "java-teos has this, the reference towers do not.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(LocatorArgument.spec());
    spec.addOption(
        Flags.flag(
            "-y", "--yes", "Does not ask whether you are sure, which it does on a terminal"));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    LocatorArgument argument = LocatorArgument.read(given);
    boolean sure = given.hasMatchedOption("--yes");
    Output output = context.output();
    return context.withTower(
        (client, tower) -> {
          Locator locator = argument.resolve(client, tower);
          if (!sure
              && !output.confirms(
                  "Delete "
                      + locator
                      + "? If its commitment is published later, nobody answers.")) {
            return output.error(ExitCode.ERROR, "nothing has been deleted");
          }
          DeletionResult deleted;
          try {
            deleted = client.delete(tower.parties().tower(), locator);
          } catch (IllegalStateException e) {
            return output.error(
                ExitCode.REFUSED, String.valueOf(e.getMessage()), JsonText.newObject());
          }
          ObjectNode json = JsonText.newObject().put("locator", locator.toHex());
          return switch (deleted) {
            case DeletionResult.Deleted(long slots) -> {
              output.print(
                  json.put("status", "deleted").put("available_slots", slots),
                  new Table()
                      .row("Locator", locator)
                      .row("Status", "deleted")
                      .row("Available slots", slots));
              yield ExitCode.OK.code();
            }
            case DeletionResult.NotFound none ->
                output.error(
                    ExitCode.NOT_FOUND,
                    "the tower has no such appointment of yours: " + locator,
                    json.put("status", "not_found"));
          };
        });
  }
}
