package teos.justice;

/** Thrown if a blob does not yield a valid justice transaction; the message says why. */
public final class JusticeException extends Exception {

  private static final long serialVersionUID = 1L;

  JusticeException(String message) {
    super(message);
  }
}
