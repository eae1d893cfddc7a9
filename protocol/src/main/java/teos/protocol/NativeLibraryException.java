package teos.protocol;

/**
 * Thrown when a library that is not Java cannot be loaded; the message says which, why, and what to
 * do.
 */
public final class NativeLibraryException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NativeLibraryException(String message, Throwable cause) {
    super(message, cause);
  }
}
