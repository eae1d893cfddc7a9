package teos.client.wire;

/** The tower answered, and not with what was asked for. */
public final class TowerErrorException extends TowerException {

  private static final long serialVersionUID = 1L;

  private final transient TowerError error;

  public TowerErrorException(TowerError refusal) {
    super(refusal.toString(), null);
    this.error = refusal;
  }

  /** What it answered. */
  public TowerError error() {
    return error;
  }
}
