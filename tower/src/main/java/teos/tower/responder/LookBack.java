package teos.tower.responder;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.PenaltySender.Sent;
import teos.tower.responder.RetryTriggers.Turn;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.TrackersDBM;

/**
 * Blocks that are searched again for the conflicting spend of a penalty whose appointment came
 * after its dispute. Used by the rebroadcaster's thread only.
 */
final class LookBack {

  private final Gatekeeper gatekeeper;
  private final ConflictingSpends conflicts;
  private final Set<Integer> heights = new TreeSet<>();

  /** Begins with the blocks of recent refusals: a tower that crashed may not have searched them. */
  LookBack(
      Database database, TrackersDBM trackers, Gatekeeper gatekeeper, ConflictingSpends conflicts) {
    this.gatekeeper = gatekeeper;
    this.conflicts = conflicts;
    int lowest = gatekeeper.height() - 2 * ConflictingSpends.MAX_BLOCKS_BACK;
    database
        .read(handle -> trackers.disputesNewlyRefused(handle, lowest))
        .forEach(this::addBlocksSince);
  }

  /**
   * Adds the blocks since the disputes of those that were refused for the first time. A penalty
   * that the mempool had taken was unbeaten then, and each later block is searched anyway.
   */
  void note(List<Sent> sent) {
    sent.stream()
        .filter(each -> each.result() instanceof BroadcastResult.Refused)
        .map(Sent::tracker)
        .filter(tracker -> tracker.status() instanceof Pending && tracker.retry().refusals() == 0)
        .flatMapToInt(tracker -> tracker.disputeHeight().stream())
        .forEach(this::addBlocksSince);
  }

  private void addBlocksSince(int dispute) {
    heights.addAll(ConflictingSpends.blocksSince(dispute, gatekeeper.height()));
  }

  /** Searches the blocks, as long as {@code turn} lets it; those left are searched next time. */
  void advance(Turn turn) throws InterruptedException {
    conflicts.lookBack(heights, turn);
  }
}
