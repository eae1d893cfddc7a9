package teos.client.cli;

import teos.client.wire.TowerError;

/** How teos-client ends, for scripts. */
enum ExitCode {
  OK(0, "done"),
  ERROR(1, "an error that has no code of its own"),
  USAGE(2, "bad usage or configuration, or not registered with the tower"),
  UNREACHABLE(3, "the tower cannot be reached, or is too busy"),
  QUEUED(4, "the tower has not taken it yet: it waits in the queue"),
  REFUSED(5, "refused by the tower"),
  MISBEHAVING(6, "the tower is misbehaving, or is not the one it should be"),
  NOT_FOUND(7, "there is no such appointment or receipt"),
  LOCAL(8, "trouble with the key or the folder"),
  NOT_VERIFIED(9, "the file does not show what it says");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  /** A line of the help. */
  String line() {
    return "  " + code + "  " + meaning;
  }

  static ExitCode of(TowerError refusal) {
    return switch (refusal.kind()) {
      case BUSY -> UNREACHABLE;
      case NOT_FOUND -> NOT_FOUND;
      case UNEXPECTED, SUBSCRIPTION, PERMANENT -> REFUSED;
    };
  }
}
