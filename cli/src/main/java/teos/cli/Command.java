package teos.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The commands, by python-teos's names; rust-teos writes them without underscores. */
enum Command {
  GET_ALL_APPOINTMENTS(
      "get_all_appointments",
      "",
      "Shows all appointments that the tower holds, of all users: those it watches, then those"
          + " whose dispute it is answering."),
  GET_APPOINTMENTS(
      "get_appointments",
      "LOCATOR",
      "Shows the appointments with a locator (32 hex digits), of all users; or those about a"
          + " commitment, by its txid (64 hex digits, in either byte order)."),
  GET_TOWER_INFO(
      "get_tower_info",
      "",
      "Shows the tower's id and addresses, how much it holds, and whether it reaches bitcoind."),
  GET_USERS(
      "get_users",
      "",
      "Lists all registered users: the slots they have left, the block in which their subscription"
          + " ends, how many appointments the tower holds for them, when they last signed a"
          + " request, and their labels."),
  GET_USER(
      "get_user",
      "USER_ID",
      "Shows the subscription of a user (66 hex digits), when they last signed a request (to within"
          + " an hour), their label, and the locators and uuids of their appointments."),
  LABEL_USER(
      "label_user",
      "USER_ID LABEL",
      "Gives a user (66 hex digits) a name of your own, up to 64 printable characters, which"
          + " get_users and get_user show. An empty one (\"\") removes it. The user is not told."),
  GET_SESSIONS("get_sessions", "", "Lists the sessions of lnd's clients."),
  DELETE_SESSION(
      "delete_session",
      "SESSION_ID",
      "Deletes a session of an lnd client (66 hex digits) with all of its updates; disputes that"
          + " are being answered are seen through."),
  INVITE_USER(
      "invite_user",
      "USER_ID",
      "Lets a user (66 hex digits) register with a tower that has registration = invitation."),
  WITHDRAW_INVITATION(
      "withdraw_invitation",
      "USER_ID",
      "Takes that back: the user is served until the subscription ends, and cannot renew it."),
  GET_INVITATIONS("get_invitations", "", "Lists the ids of those who are invited."),
  SET_LOG_LEVEL(
      "set_log_level",
      "LOGGER=LEVEL",
      "Changes what the tower logs while it runs: of a package or class, or ROOT, one of trace,"
          + " debug, info, warn, error, off; default undoes it. Such as teos.tower.watcher=debug."),
  STOP("stop", "", "Has the tower stop, in order: what it is doing is finished first."),
  COMPLETION(
      "completion",
      "SHELL",
      "Prints a script that completes teos-cli's commands and options in bash or zsh:"
          + " source <(teos-cli completion bash)"),
  HELP("help", "[COMMAND]", "Shows this help, or that of a command.");

  private final String spelling;
  private final List<String> parameters;
  private final String help;

  Command(String spelling, String parameters, String help) {
    this.spelling = spelling;
    this.parameters = parameters.isEmpty() ? List.of() : List.of(parameters.split(" "));
    this.help = help;
  }

  /** The command of this name, in the spelling of either reference tower. */
  static Optional<Command> named(String name) {
    return Arrays.stream(values())
        .filter(command -> command.spelling.equals(name) || command.alias().equals(name))
        .findFirst();
  }

  String spelling() {
    return spelling;
  }

  String alias() {
    return spelling.replace("_", "");
  }

  /** What it takes, in order; those that may be left out are in brackets. */
  List<String> parameters() {
    return parameters;
  }

  String help() {
    return help;
  }
}
