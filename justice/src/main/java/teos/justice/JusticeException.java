package teos.justice;

/** There is no valid justice transaction in a blob for a commitment; the message says why. */
public final class JusticeException extends Exception {

  private static final long serialVersionUID = 1L;

  JusticeException(String message) {
    super(message);
  }
}
