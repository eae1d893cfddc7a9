package teos.tower.responder;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.RetryTriggers.YieldPoint;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.TrackerSearchDBM;

/**
 * Heights of blocks that must be searched again for conflicting spends, because an appointment came
 * after its dispute. Used by the rebroadcaster's thread only.
 */
final class LookBack {

  private final Gatekeeper gatekeeper;
  private final ConflictingSpends conflicts;
  private final Set<Integer> heights = new TreeSet<>();

  /**
   * Starts with the blocks of recently refused penalties: a tower that crashed may not have
   * searched them.
   */
  LookBack(Database database, Gatekeeper gatekeeper, ConflictingSpends conflicts) {
    TrackerSearchDBM search = new TrackerSearchDBM();
    this.gatekeeper = gatekeeper;
    this.conflicts = conflicts;
    int lowest = gatekeeper.height() - 2 * ConflictingSpends.MAX_BLOCKS_BACK;
    database
        .read(handle -> search.heightsOfNewlyRefused(handle, lowest))
        .forEach(this::addBlocksSince);
  }

  /**
   * Adds the blocks since the disputes of penalties that were refused at their first broadcast. A
   * penalty that the mempool accepted had no conflicting spend then, and each later block is
   * searched anyway.
   */
  void addFirstRefusals(List<SentPenalty> sent) {
    sent.stream()
        .filter(each -> each.result() instanceof BroadcastResult.Refused)
        .map(SentPenalty::tracker)
        .filter(tracker -> tracker.status() instanceof Pending && tracker.retry().refusals() == 0)
        .flatMapToInt(tracker -> tracker.disputeHeight().stream())
        .forEach(this::addBlocksSince);
  }

  private void addBlocksSince(int dispute) {
    heights.addAll(ConflictingSpends.heightsSince(dispute, gatekeeper.height()));
  }

  /** Searches the blocks as long as {@code yieldPoint} allows; the rest wait for the next call. */
  void search(YieldPoint yieldPoint) throws InterruptedException {
    conflicts.searchAgain(heights, yieldPoint);
  }
}
