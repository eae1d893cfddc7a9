package teos.tower.responder;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.RetryTriggers.Cause;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/**
 * Answers the breaches that the watcher finds, and follows each penalty until it is buried so deep
 * that no reorg undoes it: the effect of a breach, of a block, of a reorg and of the mempool.
 *
 * <p>A tracker is on disk before its penalty is broadcast, so that the tower resumes after a crash.
 */
public final class Responder {

  /** Confirmations after which a penalty is complete (BOLT 5: irrevocably resolved). */
  public static final int IRREVOCABLY_RESOLVED = 100;

  /**
   * Confirmations after which a complete tracker is deleted: until then, a reorg of up to 144
   * blocks (a day) can reopen it.
   */
  public static final int SAFE_DEPTH = IRREVOCABLY_RESOLVED + 144;

  private final Database database;
  private final TrackersDBM trackers;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingTransactions missing;
  private final MissingTransactions parents;
  private final BlockEffects effects;
  private final BreachWriter writer;
  private final PenaltySender sender;
  private final Rebroadcaster rebroadcaster;

  /** Whether there may be trackers: if not, blocks change nothing. */
  private volatile boolean anyTracker;

  /**
   * @param blocks reads the blocks since a dispute again, to find conflicting spends
   * @param clock dates the events of trackers
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
    this.journal = new TrackerJournal(gatekeeper, clock);
    this.progress = new ChainProgress();
    this.missing = MissingTransactions.disputes(database, trackers, gatekeeper, journal);
    ConflictingSpends conflicts =
        new ConflictingSpends(database, trackers, journal, progress, missing, blocks);
    this.effects = new BlockEffects(appointments, trackers, gatekeeper, journal, conflicts);
    this.parents = MissingTransactions.parents(database, trackers, gatekeeper);
    this.writer = new BreachWriter(database, trackers, gatekeeper, journal, carrier.estimator());
    this.sender = new PenaltySender(database, carrier);
    ResultWriter results =
        new ResultWriter(
            database, appointments, trackers, gatekeeper, journal, progress, missing, parents);
    this.rebroadcaster =
        new Rebroadcaster(
            database,
            trackers,
            gatekeeper,
            carrier.queries(),
            carrier.estimator(),
            sender,
            results,
            conflicts);
    this.anyTracker = database.read(trackers::hasAny);
  }

  /**
   * Registers a listener for tracker events (used for metrics). It receives one {@link Kind#SEEN}
   * for each dispute, and an event twice if its transaction is repeated. It must not block.
   */
  public void onEvent(Consumer<Kind> listener) {
    journal.onEvent(listener);
  }

  /**
   * Stores trackers for each breach and broadcasts its first penalty; the rebroadcaster sends the
   * others. Skips breaches that have a tracker already, and those whose appointment has been
   * deleted.
   *
   * @return current versions of appointments that their user has replaced meanwhile; their breaches
   *     are not answered yet, and the user has a receipt for them
   */
  public List<StoredAppointment> handleBreaches(Collection<Breach> breaches) {
    if (breaches.isEmpty()) {
      return List.of();
    }
    anyTracker = true;
    List<StoredAppointment> newer = new ArrayList<>();
    List<SentPenalty> sent = new ArrayList<>();
    rebroadcaster.beginFirstBroadcasts();
    try {
      List<Breach> ordered = BreachWriter.roundRobin(breaches);
      for (int from = 0; from < ordered.size(); ) {
        int to = BreachWriter.endOfPage(ordered, from);
        sent.addAll(sender.sendFirst(writer.store(ordered.subList(from, to), newer)));
        from = to;
      }
    } finally {
      rebroadcaster.endFirstBroadcasts();
    }
    rebroadcaster.applyLater(sent);
    return newer;
  }

  /**
   * Marks the dispute of an appointment as unconfirmed and makes its penalty due, unless the tower
   * has processed {@code block}, in which the dispute was found.
   */
  public void disputeUnconfirmed(AppointmentKey key, BlockId block) {
    database.execute(
        handle -> {
          if (!progress.isProcessed(handle, block)) {
            for (Tracker tracker : trackers.loadAll(handle, key)) {
              Tracker unconfirmed = tracker.disputeAt(OptionalInt.empty());
              trackers.update(
                  handle, tracker.status().isSettled() ? unconfirmed : unconfirmed.dueNow());
            }
          }
        });
    rebroadcaster.wake(Cause.DUE);
  }

  /** Starts the thread that sends due penalties again. */
  public void start() {
    rebroadcaster.wake(Cause.NODE);
    rebroadcaster.start();
  }

  /** Sends due penalties when bitcoind is back; refused ones too if it has been restarted. */
  public void resendUnconfirmed() {
    rebroadcaster.wake(Cause.NODE);
  }

  /** Blocks until all due penalties have been sent, or bitcoind does not respond. */
  public void awaitIdle() throws InterruptedException {
    rebroadcaster.awaitIdle();
  }

  /**
   * Processes a block after the watcher has, and records that the whole tower has processed it.
   *
   * @param catchingUp whether blocks above it follow at once: penalties are sent again after the
   *     last one
   */
  public void blockConnected(ConnectedBlock block, boolean catchingUp) {
    progress.add(block.id());
    boolean any = anyTracker;
    if (!any && catchingUp && progress.canDefer()) {
      return;
    }
    TrackerPages.process(
        database, handle -> any ? effects.steps(handle, block) : List.of(), progress::store);
    progress.markStored();
    if (!catchingUp) {
      rebroadcaster.wake(Cause.BLOCK); // also without trackers: the first one needs current fees
    }
  }

  /**
   * Undoes the changes of blocks above {@code last}, at startup: the watcher and bitcoind may have
   * been ahead when the tower ended, and those blocks may have left the chain since.
   *
   * @param last the last block recorded as processed
   */
  public void forgetBlocksOver(BlockId last) {
    int over = last.height() + 1;
    TrackerPages.process(
        database,
        start ->
            List.of(
                new Step(
                    (h, after, limit) -> search.dependingOnBlocksFrom(h, over, after, limit),
                    (h, page) ->
                        page.forEach(
                            tracker -> trackers.update(h, tracker.withoutBlocksFrom(over))))),
        end -> {});
  }

  /**
   * Undoes the changes of {@code block}, and sends again the penalties that are unconfirmed now.
   */
  public void blockDisconnected(BlockId block, BlockId parent) {
    progress.remove(block, parent);
    TrackerPages.process(
        database,
        start -> {
          progress.store(start); // first, so that nothing is confirmed in the block meanwhile
          return effects.undoSteps(block.height());
        },
        end -> {});
    progress.markStored();
    rebroadcaster.wake(Cause.BLOCK);
  }

  /**
   * Resumes penalties whose missing dispute or parent is in the mempool. After a snapshot, also
   * checks whether bitcoind has lost penalties from its mempool.
   *
   * @param snapshot whether these are all transactions of the mempool
   */
  public void mempoolSeen(Collection<MempoolTransaction> transactions, boolean snapshot) {
    List<Txid> txids = transactions.stream().map(MempoolTransaction::txid).toList();
    boolean disputeFound = missing.resume(txids);
    boolean parentFound = parents.resume(txids);
    boolean resumed = disputeFound || parentFound;
    if (anyTracker && (snapshot || resumed)) {
      rebroadcaster.wake(snapshot ? Cause.MEMPOOL : Cause.DUE);
    }
  }

  /** Returns whether penalties are no longer sent again, which only {@link #stop} should cause. */
  public boolean hasEnded() {
    return rebroadcaster.hasEnded();
  }

  /** Stops sending penalties again, and blocks until that is done. */
  public void stop() throws InterruptedException {
    rebroadcaster.stop();
  }
}
