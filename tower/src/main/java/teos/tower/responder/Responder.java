package teos.tower.responder;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.PenaltySender.Sent;
import teos.tower.responder.RetryTriggers.Cause;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;

/**
 * Takes breaches from the watcher and sees their penalties through: sent, kept in the mempool, in a
 * block, and deep enough in the chain that nothing can undo them.
 *
 * <p>A tracker is on disk before its penalty is sent: what was begun goes on after a crash.
 */
public final class Responder {

  /** Confirmations of the penalty after which a dispute is over (BOLT 5: irrevocably resolved). */
  public static final int IRREVOCABLY_RESOLVED = 100;

  /**
   * Confirmations after which a tracker that is over is forgotten: until then, a reorg of up to 144
   * blocks (a day) finds it still there.
   */
  public static final int SAFE_DEPTH = IRREVOCABLY_RESOLVED + 144;

  private final Database database;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingDisputes missing;
  private final BlockEffects effects;
  private final BreachWriter writer;
  private final PenaltySender sender;
  private final Rebroadcaster rebroadcaster;

  /** Whether there has been any tracker: if not, blocks need not be looked through for them. */
  private volatile boolean anyTracker;

  /**
   * @param blocks where the blocks since a dispute are read again for what has spent its output
   * @param clock for the history of trackers
   */
  public Responder(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Carrier carrier,
      BlockProcessor blocks,
      InstantSource clock) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = new TrackerJournal(gatekeeper, clock);
    this.progress = new ChainProgress(appointments);
    this.missing = new MissingDisputes(database, trackers);
    ConflictingSpends conflicts =
        new ConflictingSpends(database, trackers, journal, progress, missing, blocks);
    this.effects = new BlockEffects(appointments, trackers, gatekeeper, journal, conflicts);
    this.writer = new BreachWriter(database, trackers, gatekeeper, journal);
    this.sender =
        new PenaltySender(
            database, appointments, trackers, gatekeeper, carrier, journal, progress, missing);
    this.rebroadcaster =
        new Rebroadcaster(database, trackers, gatekeeper, carrier, sender, conflicts);
    this.anyTracker = database.read(trackers::any);
  }

  /**
   * Registers a listener for tracker events (used for metrics): it is told of each dispute once
   * that it has been seen. A transaction that has to be begun again may be told of twice. The
   * listener must not block.
   */
  public void onEvent(Consumer<Kind> listener) {
    journal.onEvent(listener);
  }

  /**
   * Answers {@code breaches}. One that is being answered already is left as it is, and so is one
   * whose appointment has been deleted by its user, or with its user's data.
   *
   * @return appointments whose user has sent another version meanwhile, and holds a receipt for
   *     that: they are not answered yet
   */
  public List<StoredAppointment> handleBreaches(Collection<Breach> breaches) {
    if (breaches.isEmpty()) {
      return List.of();
    }
    anyTracker = true;
    List<StoredAppointment> newer = new ArrayList<>();
    List<Sent> sent = new ArrayList<>();
    rebroadcaster.firstBroadcastsBegin();
    try {
      List<Breach> inTurn = BreachWriter.inTurn(breaches);
      for (int from = 0; from < inTurn.size(); from += TrackerPages.PAGE) {
        int to = Math.min(inTurn.size(), from + TrackerPages.PAGE);
        sent.addAll(sender.sendFirst(writer.store(inTurn.subList(from, to), newer)));
      }
    } finally {
      rebroadcaster.firstBroadcastsEnd();
    }
    rebroadcaster.applyLater(sent);
    return newer;
  }

  /**
   * Notes that the dispute is in no block that the tower knows of, and sees where it is; unless
   * {@code block}, in which it was found, is one that the tower has processed.
   */
  public void disputeUnconfirmed(AppointmentKey key, BlockId block) {
    database.execute(
        handle -> {
          trackers
              .load(handle, key.locator(), key.user())
              .filter(found -> !progress.isProcessed(handle, block))
              .ifPresent(
                  found -> trackers.update(handle, found.disputeAt(OptionalInt.empty()).dueNow()));
        });
    rebroadcaster.wake(Cause.DUE);
  }

  /** Starts to send penalties again that are due. */
  public void start() {
    rebroadcaster.wake(Cause.NODE);
    rebroadcaster.start();
  }

  /** Sends again what was refused and what had to wait: bitcoind may have been restarted. */
  public void resendUnconfirmed() {
    rebroadcaster.wake(Cause.NODE);
  }

  /** Blocks until all penalties that are due have been sent, or bitcoind does not answer. */
  public void awaitIdle() throws InterruptedException {
    rebroadcaster.awaitIdle();
  }

  /**
   * Processes a block that the watcher has seen already, and records that all of the tower has.
   *
   * @param more whether there are blocks over it: what only has to be repeated waits for the last
   */
  public void blockConnected(ConnectedBlock block, boolean more) {
    progress.begin(block.id());
    boolean any = anyTracker;
    if (!any && more && progress.canWait()) {
      return;
    }
    TrackerPages.process(
        database, handle -> any ? effects.steps(handle, block) : List.of(), progress::store);
    progress.stored();
    if (any && !more) {
      rebroadcaster.wake(Cause.BLOCK);
    }
  }

  /**
   * Undoes what blocks over {@code last} had brought. For a tower that starts: the watcher and
   * bitcoind may have been ahead when it ended, and those blocks may have left the chain since.
   *
   * @param last the last block that is recorded as processed
   */
  public void forgetBlocksOver(BlockId last) {
    int over = last.height() + 1;
    TrackerPages.process(
        database,
        start ->
            List.of(
                new Step(
                    (h, after, limit) -> trackers.restingOnBlocksFrom(h, over, after, limit),
                    (h, page) ->
                        page.forEach(
                            tracker -> trackers.update(h, tracker.withoutBlocksFrom(over))))),
        end -> {});
  }

  /** Undoes what {@code block} had brought, and sends again what has become unconfirmed by that. */
  public void blockDisconnected(BlockId block, BlockId parent) {
    progress.takeBack(block, parent);
    TrackerPages.process(
        database,
        start -> {
          progress.store(start); // first, so that nothing is put down to the block meanwhile
          return List.of(
              new Step(
                  (h, after, limit) ->
                      trackers.restingOnBlocksFrom(h, block.height(), after, limit),
                  (h, page) -> page.forEach(tracker -> undo(h, tracker, block.height()))));
        },
        end -> {});
    progress.stored();
    rebroadcaster.wake(Cause.BLOCK);
  }

  private void undo(Handle handle, Tracker tracker, int height) {
    Tracker undone = tracker.withoutBlocksFrom(height);
    List<String> lost = new ArrayList<>();
    if (!undone.disputeHeight().equals(tracker.disputeHeight())) {
      lost.add("the dispute");
    }
    if (!undone.status().equals(tracker.status())) {
      lost.add(tracker.status() instanceof Outspent ? "what beat the penalty" : "the penalty");
    }
    trackers.update(handle, undone);
    journal.recordEvent(
        handle, undone, Kind.REORGED, String.join(" and ", lost) + " left block " + height);
  }

  /**
   * Looks for disputes that were gone among what is in the mempool, and, where that is told as a
   * whole, has it checked whether penalties are there that should be.
   */
  public void mempoolSeen(Collection<MempoolTransaction> transactions, boolean whole) {
    Set<Txid> found = missing.among(transactions.stream().map(MempoolTransaction::txid).toList());
    if (!found.isEmpty()) {
      TrackerPages.process(
          database,
          start ->
              found.stream()
                  .map(
                      dispute ->
                          new Step(
                              (h, after, limit) -> trackers.withDispute(h, dispute, after, limit),
                              (h, page) -> page.forEach(tracker -> disputeBack(h, tracker))))
                  .toList(),
          end -> {});
      missing.remove(found);
    }
    if (anyTracker && (whole || !found.isEmpty())) {
      rebroadcaster.wake(whole ? Cause.MEMPOOL : Cause.DUE);
    }
  }

  private void disputeBack(Handle handle, Tracker tracker) {
    if (tracker.status() instanceof DisputeMissing) {
      Tracker again = tracker.disputeBack(gatekeeper.height());
      trackers.update(handle, again);
      journal.recordEvent(handle, again, Kind.SEEN, TrackerJournal.where(again.disputeHeight()));
    }
  }

  /**
   * Whether penalties are sent again no more, which nothing but {@link #stop} should bring about.
   */
  public boolean hasEnded() {
    return rebroadcaster.hasEnded();
  }

  /** Blocks until nothing is sent again any more. */
  public void stop() throws InterruptedException {
    rebroadcaster.stop();
  }
}
