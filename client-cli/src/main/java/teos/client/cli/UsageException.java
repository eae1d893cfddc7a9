package teos.client.cli;

/** Thrown for wrong usage or configuration. The message says what was expected. */
final class UsageException extends Exception {

  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  /** Wraps the error of an invalid argument. */
  UsageException(IllegalArgumentException cause) {
    super(String.valueOf(cause.getMessage()), cause);
  }
}
