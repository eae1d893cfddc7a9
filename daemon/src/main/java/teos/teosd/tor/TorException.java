package teos.teosd.tor;

import java.io.IOException;

/** Thrown when Tor cannot be reached or refuses a command; the message says why. */
final class TorException extends IOException {

  private static final long serialVersionUID = 1L;

  TorException(String message) {
    super(message);
  }

  TorException(String message, Throwable cause) {
    super(message, cause);
  }
}
