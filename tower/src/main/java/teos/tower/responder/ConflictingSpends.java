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
import teos.tower.responder.RetryTriggers.Turn;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.AppointmentKey;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Spends in a block of outputs that unsettled trackers need: another transaction has beaten the
 * penalty, or has taken the place of a dispute that is in no block. Looked up by the block's
 * inputs.
 */
final class ConflictingSpends {

  private static final Logger log = LoggerFactory.getLogger(ConflictingSpends.class);

  /**
   * Blocks over a dispute in which its appointment may come late: twice what the cache has,
   * usually.
   */
  static final int MAX_BLOCKS_BACK = 12;

  private final Database database;
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingDisputes missing;
  private final BlockProcessor blocks;

  ConflictingSpends(
      Database database,
      TrackersDBM trackers,
      TrackerJournal journal,
      ChainProgress progress,
      MissingDisputes missing,
      BlockProcessor blocks) {
    this.database = database;
    this.trackers = trackers;
    this.journal = journal;
    this.progress = progress;
    this.missing = missing;
    this.blocks = blocks;
  }

  /** What a block's spends change. */
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
                    (h, after, limit) -> trackers.withDispute(h, output.txid(), after, limit),
                    (h, page) -> disputeOutputSpent(h, page, output, by, height)));
          }
        });
    transactions
        .spenders(handle, spends.keySet())
        .forEach(
            (output, spenders) -> {
              for (Txid loser : spenders) {
                Txid by = spends.getOrDefault(output, loser);
                if (!by.equals(loser)) {
                  addSteps(steps, loser, by, height);
                }
              }
            });
    return steps;
  }

  private void addSteps(List<Step> steps, Txid loser, Txid by, int height) {
    steps.add(
        new Step(
            (h, after, limit) -> trackers.withPenalty(h, loser, after, limit),
            (h, page) -> page.forEach(tracker -> beaten(h, tracker, by, height))));
    steps.add(
        new Step(
            (h, after, limit) -> trackers.withDispute(h, loser, after, limit),
            (h, page) -> page.forEach(tracker -> disputeReplaced(h, tracker, by, height))));
  }

  private void disputeOutputSpent(
      Handle handle, List<Tracker> page, Outpoint output, Txid by, int height) {
    List<AppointmentKey> others =
        page.stream()
            .filter(tracker -> !tracker.status().isSettled() && !tracker.penaltyTxid().equals(by))
            .map(Tracker::key)
            .toList();
    Set<AppointmentKey> losers = transactions.spendingOutput(handle, others, output.index());
    page.stream()
        .filter(tracker -> losers.contains(tracker.key()))
        .forEach(tracker -> beaten(handle, tracker, by, height));
  }

  private void beaten(Handle handle, Tracker tracker, Txid by, int height) {
    if (!tracker.status().isSettled()) {
      trackers.update(handle, tracker.with(new Outspent(height, by.toString())));
      journal.recordEvent(
          handle, tracker, Kind.BEATEN, by + " in block " + height + " spends the output");
    }
  }

  private void disputeReplaced(Handle handle, Tracker tracker, Txid by, int height) {
    if (!tracker.status().isSettled()
        && !(tracker.status() instanceof DisputeMissing)
        && tracker.disputeHeight().isEmpty()) {
      String reason = by + " in block " + height + " has taken its place";
      trackers.update(handle, tracker.disputeGone(reason, height));
      missing.add(tracker.disputeTxid());
      journal.recordEvent(handle, tracker, Kind.DISPUTE_GONE, reason);
    }
  }

  /**
   * Heights of the blocks that may have what beat an appointment which came after its dispute.
   *
   * @param dispute height of the dispute
   * @param tip height of the last block; those over it are looked through in their turn
   */
  static List<Integer> blocksSince(int dispute, int tip) {
    return IntStream.rangeClosed(dispute, Math.min(tip, dispute + MAX_BLOCKS_BACK))
        .boxed()
        .toList();
  }

  /**
   * Looks at the blocks at {@code heights} once more, and takes those out that need no other look:
   * bitcoind may not answer, or be on another branch than the tower, which may never hear of that.
   *
   * @param turn asked before each block, which may be large
   */
  void lookBack(Set<Integer> heights, Turn turn) throws InterruptedException {
    try {
      for (int height : List.copyOf(heights)) {
        if (!turn.mayGoOn()) {
          return;
        }
        Optional<String> hash = blocks.blockHash(height);
        if (hash.isPresent() && lookAt(new BlockId(hash.get(), height))) {
          heights.remove(height);
        }
      }
    } catch (BitcoindException e) {
      log.atDebug().addKeyValue("reason", e.getMessage()).log("cannot look for conflicting spends");
    }
  }

  /** Returns false if the block is not one that the tower has processed. */
  private boolean lookAt(BlockId id) throws BitcoindException {
    if (!database.read(handle -> progress.isProcessed(handle, id))) {
      return false;
    }
    ConnectedBlock block;
    try {
      block = blocks.fetch(id);
    } catch (BitcoindException.PrunedPast e) {
      log.atDebug().addKeyValue("block", id).log("cannot look for conflicting spends: pruned");
      return true; // for ever, and the blocks over it must not wait for it
    }
    TrackerPages.process(
        database,
        handle -> progress.isProcessed(handle, id) ? steps(handle, block) : List.of(),
        handle -> {});
    return true;
  }
}
