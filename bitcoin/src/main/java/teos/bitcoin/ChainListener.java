package teos.bitcoin;

/** Listener for the events of {@link ChainMonitor} and {@link MempoolMonitor}. */
@FunctionalInterface
public interface ChainListener {

  /**
   * Handles {@code event}. May block: the monitor then waits, so that blocks do not pile up in
   * memory.
   *
   * @throws InterruptedException if the tower is shutting down
   */
  void onChainEvent(ChainEvent event) throws InterruptedException;
}
