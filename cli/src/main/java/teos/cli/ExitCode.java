package teos.cli;

/** Exit codes of teos-cli, for scripts. */
enum ExitCode {
  OK(0, "success"),
  FAILED(1, "the tower failed, or any other error"),
  USAGE(2, "wrong arguments or invalid configuration file"),
  UNREACHABLE(3, "the tower cannot be reached or is not ready"),
  REFUSED(5, "the tower rejected the request"),
  NOT_RECOGNIZED(6, "the certificates of tower and operator do not match"),
  NOT_FOUND(7, "user or appointment not found"),
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
