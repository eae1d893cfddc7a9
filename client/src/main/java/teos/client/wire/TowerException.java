package teos.client.wire;

import org.jspecify.annotations.Nullable;

/** Thrown when a request to a tower fails. The message is for the user. */
public abstract sealed class TowerException extends Exception
    permits UnreachableException, TowerErrorException, MisbehavingException {

  private static final long serialVersionUID = 1L;

  TowerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
