package teos.protocol;

/** Thrown if a native library cannot be loaded. The message says which one, why, and what to do. */
public final class NativeLibraryException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NativeLibraryException(String message, Throwable cause) {
    super(message, cause);
  }
}
