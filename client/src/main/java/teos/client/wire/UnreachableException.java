package teos.client.wire;

/** No answer: the tower, the network or the proxy is down, or what came was cut off. */
public final class UnreachableException extends TowerException {

  private static final long serialVersionUID = 1L;

  public UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
