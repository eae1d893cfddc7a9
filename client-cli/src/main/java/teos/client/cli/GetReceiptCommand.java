package teos.client.cli;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.evidence.Receipt;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

final class GetReceiptCommand implements Command {

  @Override
  public String name() {
    return "get_receipt";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Shows the receipt that the tower has signed for an appointment.",
        "Does not contact the tower. 'verify' accepts the JSON output.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(LocatorArgument.spec());
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    LocatorArgument argument = LocatorArgument.read(parsed);
    return context.withTower(
        (client, tower) -> {
          PublicKey id = tower.parties().tower();
          Locator locator = argument.resolveLocally(client, tower);
          Optional<Receipt> found = client.receipt(id, locator);
          if (found.isEmpty()) {
            boolean queued = !client.towerFolder(id).queue().entries(locator).isEmpty();
            return context
                .output()
                .error(
                    ExitCode.NOT_FOUND,
                    "no receipt for " + locator + (queued ? ": the appointment is queued" : ""));
          }
          Receipt receipt = found.get();
          context
              .output()
              .print(
                  receipt.json(),
                  new Table()
                      .row("Locator", locator)
                      .row("Tower", receipt.parties().tower())
                      .row("You", receipt.parties().user())
                      .row("From block", receipt.signedReceipt().startBlock())
                      .row("Until block", receipt.registration().subscriptionExpiry())
                      .row("Received", receipt.receivedAt())
                      .row("Last status", receipt.lastStatus().orElse("none yet"))
                      .row("File", client.towerFolder(id).receipts().file(locator)));
          return ExitCode.OK.code();
        });
  }
}
