package teos.cli;

/** How teos-cli ends, for scripts. */
enum ExitCode {
  OK(0, "done"),
  FAILED(1, "the tower has failed, or an error without a code of its own"),
  USAGE(2, "wrong arguments, or a wrong configuration file"),
  UNREACHABLE(3, "the tower cannot be reached, or cannot answer yet"),
  REFUSED(5, "the tower has refused"),
  NOT_RECOGNIZED(6, "tower and operator do not know each other's certificates"),
  NOT_FOUND(7, "there is no such user or appointment"),
  FILES(8, "the certificates cannot be read");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  String meaning() {
    return meaning;
  }
}
