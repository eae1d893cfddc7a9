package teos.tower.responder;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.Outpoint;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.responder.RetryTriggers.YieldPoint;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerKey;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Finds a block's spends of outputs that unsettled trackers need: another transaction has spent the
 * penalty's output, or has replaced a dispute that is in no block. Looked up by the block's inputs.
 */
final class ConflictingSpends {

  private static final Logger log = LoggerFactory.getLogger(ConflictingSpends.class);

  /**
   * Blocks above a dispute in which its appointment may still be accepted: twice the usual size of
   * the locator cache.
   */
  static final int MAX_BLOCKS_BACK = 12;

  private final Database database;
  private final TrackersDBM trackers;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingTransactions missing;
  private final BlockProcessor blocks;

  ConflictingSpends(
      Database database,
      TrackersDBM trackers,
      TrackerJournal journal,
      ChainProgress progress,
      MissingTransactions missing,
      BlockProcessor blocks) {
    this.database = database;
    this.trackers = trackers;
    this.journal = journal;
    this.progress = progress;
    this.missing = missing;
    this.blocks = blocks;
  }

  /** Returns the changes that the block's spends make. */
  List<Step> steps(Handle handle, ConnectedBlock block) {
    Map<Outpoint, Txid> spends = block.spenders();
    int height = block.height();
    List<Step> steps = new ArrayList<>();
    Set<Txid> disputes =
        transactions.disputesAmong(
            handle, spends.keySet().stream().map(Outpoint::txid).collect(Collectors.toSet()));
    spends.forEach(
        (output, by) -> {
          if (disputes.contains(output.txid())) {
            steps.add(
                new Step(
                    (h, after, limit) -> search.withDispute(h, output.txid(), after, limit),
                    (h, page) -> markOutputSpent(h, page, output, by, height)));
          }
        });
    transactions
        .spenders(handle, spends.keySet())
        .forEach(
            (output, spenders) -> {
              for (Txid outspent : spenders) {
                Txid by = spends.getOrDefault(output, outspent);
                if (!by.equals(outspent)) {
                  addOutspentSteps(steps, outspent, by, height);
                }
              }
            });
    return steps;
  }

  private void addOutspentSteps(List<Step> steps, Txid outspent, Txid by, int height) {
    steps.add(
        new Step(
            (h, after, limit) -> search.withPenalty(h, outspent, after, limit),
            (h, page) -> page.forEach(tracker -> markOutspent(h, tracker, by, height))));
    steps.add(
        new Step(
            (h, after, limit) -> search.withDispute(h, outspent, after, limit),
            (h, page) -> page.forEach(tracker -> markDisputeReplaced(h, tracker, by, height))));
  }

  private void markOutputSpent(
      Handle handle, List<Tracker> page, Outpoint output, Txid by, int height) {
    List<TrackerKey> others =
        page.stream()
            .filter(tracker -> !tracker.status().isSettled() && !tracker.penaltyTxid().equals(by))
            .map(Tracker::trackerKey)
            .toList();
    Set<TrackerKey> outspentKeys =
        transactions.penaltiesSpendingOutput(handle, others, output.index());
    page.stream()
        .filter(tracker -> outspentKeys.contains(tracker.trackerKey()))
        .forEach(tracker -> markOutspent(handle, tracker, by, height));
  }

  private void markOutspent(Handle handle, Tracker tracker, Txid by, int height) {
    if (!tracker.status().isSettled()) {
      trackers.update(handle, tracker.withStatus(new Outspent(height, by.toString())));
      journal.recordEvent(
          handle, tracker, Kind.OUTSPENT, by + " in block " + height + " spends the output");
    }
  }

  private void markDisputeReplaced(Handle handle, Tracker tracker, Txid by, int height) {
    if (!tracker.status().isSettled()
        && !(tracker.status() instanceof DisputeMissing)
        && tracker.disputeHeight().isEmpty()) {
      String reason = by + " in block " + height + " has taken its place";
      trackers.update(handle, tracker.disputeMissing(reason, height));
      missing.add(tracker.disputeTxid());
      journal.recordDisputeEvent(handle, tracker, Kind.DISPUTE_MISSING, reason);
    }
  }

  /**
   * Returns the heights of blocks that may contain a conflicting spend that was missed because the
   * appointment came after its dispute.
   *
   * @param dispute height of the dispute
   * @param tip height of the tip; later blocks are searched as they come
   */
  static List<Integer> heightsSince(int dispute, int tip) {
    return IntStream.rangeClosed(dispute, Math.min(tip, dispute + MAX_BLOCKS_BACK))
        .boxed()
        .toList();
  }

  /**
   * Searches the blocks at {@code heights} again, and removes the heights that are done. A height
   * stays if bitcoind does not answer or is on another branch than the tower.
   *
   * @param yieldPoint asked before each block, which may be large
   */
  void searchAgain(Set<Integer> heights, YieldPoint yieldPoint) throws InterruptedException {
    try {
      for (int height : List.copyOf(heights)) {
        if (!yieldPoint.mayContinue()) {
          return;
        }
        Optional<String> hash = blocks.blockHash(height);
        if (hash.isPresent() && searchBlock(new BlockId(hash.get(), height))) {
          heights.remove(height);
        }
      }
    } catch (BitcoindException e) {
      log.atDebug()
          .addKeyValue("reason", e.getMessage())
          .log("cannot search for conflicting spends");
    }
  }

  /** Returns false if the tower has not processed the block. */
  private boolean searchBlock(BlockId id) throws BitcoindException {
    if (!database.read(handle -> progress.isProcessed(handle, id))) {
      return false;
    }
    ConnectedBlock block;
    try {
      block = blocks.fetch(id);
    } catch (BitcoindException.PrunedPast e) {
      log.atDebug().addKeyValue("block", id).log("cannot search pruned block");
      return true; // it stays pruned, and the blocks above it must not wait for it
    }
    TrackerPages.process(
        database,
        handle -> progress.isProcessed(handle, id) ? steps(handle, block) : List.of(),
        handle -> {});
    return true;
  }
}
