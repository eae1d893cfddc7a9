package teos.wtwire;

/** Thrown if bytes are not a valid message. */
public final class WtwireException extends Exception {

  private static final long serialVersionUID = 1L;

  WtwireException(String message) {
    super(message);
  }
}
