package teos.cln.method;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import teos.cln.jsonrpc.Log;
import teos.cln.takeover.TakenOverReceipts;
import teos.cln.tower.Towers;

/** All commands, by name. */
public final class Commands {

  private final Map<String, Command> byName = new HashMap<>();

  /**
   * @param defaultPort port of a tower that is registered without one
   * @param oldReceipts receipts of rust-teos's plugin
   */
  public Commands(Towers towers, TakenOverReceipts oldReceipts, int defaultPort, Log log) {
    List<Command> all =
        List.of(
            new RegisterTower(towers, defaultPort, log),
            new GetRegistrationReceipt(towers),
            new GetAppointment(towers, log),
            new GetAppointmentReceipt(towers, oldReceipts),
            new GetSubscriptionInfo(towers, log),
            new ListTowers(towers),
            new GetTowerInfo(towers, oldReceipts),
            new PingTower(towers),
            new RetryTower(towers),
            new AbandonTower(towers));
    all.forEach(command -> byName.put(command.info().text(), command));
  }

  /** Returns the command with this name. */
  public Optional<Command> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }
}
