package teos.cln.method;

/** The plugin's commands: those of rust-teos's plugin, with the same names and parameters. */
public enum CommandInfo {
  REGISTER_TOWER(
      "registertower",
      "tower_id [host] [port]",
      "Registers the client public key (user id) with the tower"),
  GET_REGISTRATION_RECEIPT(
      "getregistrationreceipt",
      "tower_id",
      "Gets the latest registration receipt given a tower id"),
  GET_APPOINTMENT(
      "getappointment",
      "tower_id locator",
      "Gets appointment data from the tower given a tower id and a locator"),
  GET_APPOINTMENT_RECEIPT(
      "getappointmentreceipt",
      "tower_id locator",
      "Gets a (local) appointment receipt given a tower id and a locator"),
  GET_SUBSCRIPTION_INFO(
      "getsubscriptioninfo",
      "tower_id",
      "Gets the subscription information directly from the tower"),
  LIST_TOWERS("listtowers", "", "Lists all registered towers"),
  GET_TOWER_INFO("gettowerinfo", "tower_id", "Shows the info about a tower given a tower id"),
  PING_TOWER("pingtower", "tower_id", "Polls the tower to check if it is online"),
  RETRY_TOWER(
      "retrytower", "tower_id", "Retries to send pending appointment to an unreachable tower"),
  ABANDON_TOWER("abandontower", "tower_id", "Forgets about a tower and wipes all local data");

  private final String text;
  private final String usage;
  private final String description;

  CommandInfo(String text, String usage, String description) {
    this.text = text;
    this.usage = usage;
    this.description = description;
  }

  /** Returns the command as the user types it. */
  public String text() {
    return text;
  }

  /** Returns the parameters for {@code lightning-cli help}. */
  public String usage() {
    return usage;
  }

  /** Returns the description for {@code lightning-cli help}. */
  public String description() {
    return description;
  }
}
