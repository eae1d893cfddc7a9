package teos.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Commands, with python-teos's names; rust-teos writes these without underscores. */
enum Command {
  GET_ALL_APPOINTMENTS(
      "get_all_appointments",
      "",
      "Lists the appointments of all users: those being watched, then those whose dispute the tower"
          + " is responding to."),
  GET_APPOINTMENTS(
      "get_appointments",
      "LOCATOR",
      "Lists the appointments of all users with a locator (32 hex digits), or for the commitment"
          + " transaction with a txid (64 hex digits, in either byte order)."),
  GET_TOWER_INFO(
      "get_tower_info",
      "",
      "Shows the tower's id and addresses, the number of its users and appointments, and whether it"
          + " can reach bitcoind."),
  GET_USERS(
      "get_users",
      "",
      "Lists all registered users: their available slots, the block in which their subscription"
          + " ends, the number of their appointments, when they last signed a request, and their"
          + " labels."),
  GET_USER(
      "get_user",
      "USER_ID",
      "Shows the subscription of a user (66 hex digits), when they last signed a request (to within"
          + " an hour), their label, and the locators and uuids of their appointments."),
  LABEL_USER(
      "label_user",
      "USER_ID LABEL",
      "Sets a label for a user (66 hex digits): up to 64 printable characters, which get_users and"
          + " get_user show. An empty label (\"\") removes it. The user cannot see it."),
  GET_SESSIONS("get_sessions", "", "Lists the sessions of lnd clients."),
  DELETE_SESSION(
      "delete_session",
      "SESSION_ID",
      "Deletes a session of an lnd client (66 hex digits) and all of its updates. Responses to"
          + " disputes that have started are completed."),
  INVITE_USER(
      "invite_user",
      "USER_ID",
      "Invites a user (66 hex digits), who can then register if the tower has registration ="
          + " invitation."),
  WITHDRAW_INVITATION(
      "withdraw_invitation",
      "USER_ID",
      "Withdraws the invitation of a user (66 hex digits). The tower serves the user until the"
          + " subscription ends, but does not renew it."),
  GET_INVITATIONS("get_invitations", "", "Lists the ids of the invited users."),
  SET_LOG_LEVEL(
      "set_log_level",
      "LOGGER=LEVEL",
      "Sets the log level of a package, a class or ROOT while the tower runs, for example"
          + " teos.tower.watcher=debug. Levels: trace, debug, info, warn, error, off; default"
          + " undoes the change."),
  STOP("stop", "", "Stops the tower gracefully: it finishes its current work first."),
  COMPLETION(
      "completion",
      "SHELL",
      "Prints a script that completes teos-cli's commands and options in bash or zsh: source"
          + " <(teos-cli completion bash)"),
  HELP("help", "[COMMAND]", "Shows this help, or the help of a command.");

  private final String spelling;
  private final List<String> parameters;
  private final String help;

  Command(String spelling, String parameters, String help) {
    this.spelling = spelling;
    this.parameters = parameters.isEmpty() ? List.of() : List.of(parameters.split(" "));
    this.help = help;
  }

  /** Returns the command of this name, in the spelling of either reference tower. */
  static Optional<Command> named(String name) {
    return Arrays.stream(values())
        .filter(command -> command.spelling.equals(name) || command.alias().equals(name))
        .findFirst();
  }

  /** Returns the name in python-teos's spelling. */
  String spelling() {
    return spelling;
  }

  /** Returns the name in rust-teos's spelling. */
  String alias() {
    return spelling.replace("_", "");
  }

  /** Returns the parameters in order; optional ones are in brackets. */
  List<String> parameters() {
    return parameters;
  }

  String help() {
    return help;
  }
}
