package teos.client.wire;

/** Thrown when there is no complete response: the tower, the network or the proxy is down. */
public final class UnreachableException extends TowerException {

  private static final long serialVersionUID = 1L;

  public UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
