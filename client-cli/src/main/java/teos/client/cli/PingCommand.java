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
        "Asks whether the tower answers.",
        "No registration is needed; without one, --apiconnect says where the tower is.");
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    try (TowerClient client = context.openClient()) {
      Optional<PublicKey> id = context.settings().tower();
      if (id.isEmpty()) {
        id = client.defaultTower();
      }
      Optional<TowerAddress> saved =
          id.isPresent() ? client.tower(id.get()).map(KnownTower::address) : Optional.empty();
      Optional<TowerAddress> flagged = context.settings().flagAddress(saved);
      TowerAddress address =
          flagged.isPresent()
              ? flagged.get()
              : saved.isPresent() ? saved.get() : context.settings().defaultAddress();
      Duration took = client.ping(address);
      context
          .output()
          .print(
              JsonText.newObject()
                  .put("address", address.toString())
                  .put("milliseconds", took.toMillis()),
              new Table().row(address + " answers, after " + took.toMillis() + " ms"));
      return ExitCode.OK.code();
    }
  }
}
