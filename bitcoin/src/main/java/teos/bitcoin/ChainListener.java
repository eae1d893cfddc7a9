package teos.bitcoin;

/** Who wants to hear of the chain. */
@FunctionalInterface
public interface ChainListener {

  /**
   * Takes {@code event}; may wait, which holds the chain monitor back instead of letting blocks
   * pile up in memory.
   *
   * @throws InterruptedException if the tower is being stopped
   */
  void onChainEvent(ChainEvent event) throws InterruptedException;
}
