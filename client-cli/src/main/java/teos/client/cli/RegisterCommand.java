package teos.client.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.RegistrationResult;
import teos.client.SendReport;
import teos.client.TowerClient;
import teos.client.evidence.DialectText;
import teos.client.evidence.Registration;
import teos.client.json.JsonText;
import teos.client.store.KnownTower;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;

final class RegisterCommand implements Command {

  @Override
  public String name() {
    return "register";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Registers with a tower or renews the subscription.",
        "Makes the tower the default, sends its queue, and clears a mark of misbehaviour; proofs"
            + " are kept.",
        "If the tower's certificate is not signed by a public authority, get it from the operator"
            + " and pass it with --cacert, or set cacert = FILE in teos_client.conf for all"
            + " commands.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(
        Command.argument(
            "TOWER_ID",
            "The tower's id (66 hex digits), ID@HOST or ID@HOST:PORT, IPv6 in []. For TLS:"
                + " ID@https://HOST:PORT"));
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    String[] parts = parsed.matchedPositionalValue(0, "").split("@", 2);
    PublicKey id;
    try {
      id = Settings.towerId(parts[0]);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    Settings settings = context.settings();
    if (settings.tower().filter(other -> !other.equals(id)).isPresent()) {
      throw new UsageException("--tower and TOWER_ID name different towers");
    }
    try (TowerClient client = context.openClient()) {
      Optional<TowerAddress> saved = client.tower(id).map(KnownTower::address);
      TowerAddress address =
          parts.length == 2
              ? settings.address(parts[1], settings.flagPort())
              : settings.address(saved);
      RegistrationResult result = client.register(id, address, settings.dialect());
      context.output().print(json(result), table(result));
      return ExitCode.OK.code();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private static ObjectNode json(RegistrationResult result) {
    KnownTower tower = result.tower();
    ObjectNode json = JsonText.newObject();
    tower.parties().writeTo(json);
    tower.registration().writeTo(json, tower.parties().dialect());
    SendReport sent = result.sendReport();
    return json.put("available_slots", tower.availableSlots())
        .put("address", tower.address().toString())
        .put("standing", tower.standing())
        .put("bundles", tower.supportsBundles())
        .put("sent", sent.accepted())
        .put("rejected", sent.rejected().size())
        .put("queued", sent.remaining());
  }

  private static Table table(RegistrationResult result) {
    KnownTower tower = result.tower();
    Registration registration = tower.registration();
    Table table =
        new Table()
            .row("Registered with", tower.parties().tower())
            .row("Address", tower.address())
            .row("Dialect", DialectText.of(tower.parties().dialect()))
            .row("Your id", tower.parties().user())
            .row("Slots", tower.availableSlots())
            .row("Until block", registration.subscriptionExpiry())
            .row("Bundles", tower.supportsBundles() ? "supported" : "not supported");
    return SendQueuedCommand.rows(table, result.sendReport());
  }
}
