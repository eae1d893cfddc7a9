package teos.client.wire;

/** The tower answered, and not with what was asked for. */
public final class RefusedException extends TowerException {

  private static final long serialVersionUID = 1L;

  private final transient TowerError refusal;

  public RefusedException(TowerError refusal) {
    super(refusal.toString(), null);
    this.refusal = refusal;
  }

  /** What it answered. */
  public TowerError refusal() {
    return refusal;
  }
}
