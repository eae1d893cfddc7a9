package teos.client.wire;

/** Thrown when the tower answers with an error or with an unexpected response. */
public final class TowerErrorException extends TowerException {

  private static final long serialVersionUID = 1L;

  private final transient TowerError error;

  public TowerErrorException(TowerError error) {
    super(error.toString(), null);
    this.error = error;
  }

  /** Returns the tower's error. */
  public TowerError error() {
    return error;
  }
}
