package teos.teosd.process;

/** Thrown when the tower cannot start; the message states what is wrong and what to do. */
public final class StartupException extends Exception {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  public StartupException(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public StartupException(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
