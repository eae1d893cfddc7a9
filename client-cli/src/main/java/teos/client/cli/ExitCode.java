package teos.client.cli;

import teos.client.wire.TowerError;

/** Exit codes of teos-client. */
enum ExitCode {
  OK(0, "done"),
  ERROR(1, "another error"),
  USAGE(2, "wrong usage or configuration, or not registered with the tower"),
  UNREACHABLE(3, "the tower cannot be reached or is too busy"),
  QUEUED(4, "the tower has not accepted the appointment yet; it is queued"),
  REFUSED(5, "refused by the tower"),
  MISBEHAVING(6, "the tower is misbehaving, or is not the expected one"),
  NOT_FOUND(7, "there is no such appointment or receipt"),
  LOCAL(8, "the key or the folder cannot be used"),
  NOT_VERIFIED(9, "the file is not a valid receipt or proof");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  /** Returns the line of the help. */
  String line() {
    return "  " + code + "  " + meaning;
  }

  /** Returns the exit code for a tower's error. */
  static ExitCode of(TowerError error) {
    return switch (error.kind()) {
      case BUSY -> UNREACHABLE;
      case NOT_FOUND -> NOT_FOUND;
      case UNEXPECTED, SUBSCRIPTION, PERMANENT -> REFUSED;
    };
  }
}
