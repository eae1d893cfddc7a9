package teos.tower.watcher;

import java.util.List;
import java.util.Optional;
import teos.protocol.Txid;
import teos.tower.responder.Breach;
import teos.tower.responder.Dispute;

/**
 * Reads the disputes that a {@link BreachSearch} has found appointments for.
 *
 * @param <E> thrown if none can be read now
 */
interface DisputeReader<E extends Exception> {

  /**
   * Reads the first of {@code txids}: one in any case, and then as many as there is memory for.
   *
   * @param enough bytes after which no more are read
   * @return for each that was read or tried, in their order, the dispute; nothing if it is not
   *     there
   */
  List<Optional<Dispute>> read(List<Txid> txids, int enough) throws E;

  /** Called when the responder has taken {@code breaches} of disputes that this has read. */
  default void answered(List<Breach> breaches) {}
}
