package teos.client.wire;

import org.jspecify.annotations.Nullable;

/** The tower did not do what it was asked to. The message is for the user. */
public abstract sealed class TowerException extends Exception
    permits UnreachableException, TowerErrorException, MisbehavingException {

  private static final long serialVersionUID = 1L;

  TowerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
