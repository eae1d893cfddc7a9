package teos.wtwire;

/** Bytes that are no message; the text says what was expected. */
public final class WtwireException extends Exception {

  private static final long serialVersionUID = 1L;

  WtwireException(String message) {
    super(message);
  }
}
