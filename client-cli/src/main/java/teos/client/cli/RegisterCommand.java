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
        "Registers with a tower, or renews the subscription.",
        "Afterwards the tower is the default one, and gets what waits for it. Any mark of"
            + " misbehaviour is taken off; the proofs stay.",
        "A tower whose certificate its operator has made is trusted with --cacert, which"
            + " teos_client.conf can hold for all commands (cacert = FILE).");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(
        Command.argument(
            "TOWER_ID",
            "The tower's id (66 hex digits), ID@HOST or ID@HOST:PORT; IPv6 in []. Over TLS:"
                + " ID@https://HOST:PORT."));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    String[] parts = given.matchedPositionalValue(0, "").split("@", 2);
    PublicKey id;
    try {
      id = Settings.towerId(parts[0]);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
    Settings settings = context.settings();
    if (settings.tower().filter(other -> !other.equals(id)).isPresent()) {
      throw new UsageException("--tower and TOWER_ID are two different towers");
    }
    try (TowerClient client = context.openClient()) {
      Optional<TowerAddress> saved = client.tower(id).map(KnownTower::address);
      TowerAddress address =
          parts.length == 2
              ? settings.address(parts[1], settings.flagPort())
              : address(context, saved);
      RegistrationResult registered = client.register(id, address, settings.dialect());
      context.output().print(json(registered), table(registered));
      return ExitCode.OK.code();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }

  private static TowerAddress address(Context context, Optional<TowerAddress> saved)
      throws UsageException {
    Optional<TowerAddress> flagged = context.settings().flagAddress(saved);
    if (flagged.isPresent()) {
      return flagged.get();
    }
    return saved.isPresent() ? saved.get() : context.settings().defaultAddress();
  }

  private static ObjectNode json(RegistrationResult registered) {
    KnownTower tower = registered.tower();
    ObjectNode json = JsonText.newObject();
    tower.parties().writeTo(json);
    tower.registration().writeTo(json, tower.parties().dialect());
    SendReport sent = registered.sendReport();
    return json.put("available_slots", tower.availableSlots())
        .put("address", tower.address().toString())
        .put("standing", tower.standing())
        .put("sent", sent.accepted())
        .put("rejected", sent.rejected().size())
        .put("queued", sent.remaining());
  }

  private static Table table(RegistrationResult registered) {
    KnownTower tower = registered.tower();
    Registration registration = tower.registration();
    Table table =
        new Table()
            .row("Registered with", tower.parties().tower())
            .row("Address", tower.address())
            .row("Dialect", DialectText.of(tower.parties().dialect()))
            .row("Your id", tower.parties().user())
            .row("Slots", tower.availableSlots())
            .row("Until block", registration.subscriptionExpiry());
    return SendQueuedCommand.rows(table, registered.sendReport());
  }
}
