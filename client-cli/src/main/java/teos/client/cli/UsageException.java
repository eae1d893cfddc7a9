package teos.client.cli;

/** What was asked for makes no sense; the message says what would. */
final class UsageException extends Exception {

  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  /** Of an argument whose value is wrong in itself. */
  UsageException(IllegalArgumentException cause) {
    super(String.valueOf(cause.getMessage()), cause);
  }
}
