package teos.client.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ParseResult;
import teos.client.TowerClient;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;

final class PingCommand implements Command {

  @Override
  public String name() {
    return "ping";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Checks whether the tower answers.",
        "Needs no registration; without one, set the tower's host with --apiconnect.");
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    try (TowerClient client = context.openClient()) {
      Optional<PublicKey> id = context.settings().tower();
      if (id.isEmpty()) {
        id = client.defaultTower();
      }
      Optional<TowerAddress> saved =
          id.isPresent() ? client.tower(id.get()).map(KnownTower::address) : Optional.empty();
      TowerAddress address = context.settings().address(saved);
      Duration roundTrip = client.ping(address);
      context
          .output()
          .print(
              JsonText.newObject()
                  .put("address", address.toString())
                  .put("milliseconds", roundTrip.toMillis()),
              new Table().row(address + " answered after " + roundTrip.toMillis() + " ms"));
      return ExitCode.OK.code();
    }
  }
}
