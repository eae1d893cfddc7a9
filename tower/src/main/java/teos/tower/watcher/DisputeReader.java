package teos.tower.watcher;

import java.util.List;
import java.util.Optional;
import teos.protocol.Txid;
import teos.tower.responder.Breach;
import teos.tower.responder.Dispute;

/**
 * Reads the disputes for which a {@link BreachSearch} has found appointments.
 *
 * @param <E> thrown if no dispute can be read at the moment
 */
interface DisputeReader<E extends Exception> {

  /**
   * Reads the first of {@code txids}: at least one, and more until {@code maxBytes} are reached.
   *
   * @param maxBytes total size after which no more are read
   * @return a result for each txid that was tried, in order; empty if the dispute is not there
   */
  List<Optional<Dispute>> read(List<Txid> txids, int maxBytes) throws E;

  /** Called when the responder has processed {@code breaches} of disputes that this has read. */
  default void answered(List<Breach> breaches) {}
}
