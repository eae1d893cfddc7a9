package teos.tower.responder;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.Carrier.Broadcast;
import teos.tower.responder.PenaltySender.Sent;
import teos.tower.responder.Rebroadcaster.Cause;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.PenaltyStatus.Beaten;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeGone;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Takes breaches from the watcher and sees their penalties through: sent, kept in the mempool, in a
 * block, and deep enough in the chain that nothing can undo them.
 *
 * <p>A tracker is on disk before its penalty is sent: what was begun goes on after a crash.
 */
public final class Responder {

  private static final Logger log = LoggerFactory.getLogger(Responder.class);

  /** Confirmations of the penalty after which a dispute is over (BOLT 5: irrevocably resolved). */
  public static final int IRREVOCABLY_RESOLVED = 100;

  /**
   * Confirmations after which a tracker that is over is forgotten: until then, a reorg of up to 144
   * blocks (a day) finds it still there.
   */
  public static final int SAFE_DEPTH = IRREVOCABLY_RESOLVED + 144;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingDisputes missing;
  private final ConflictingSpends conflicts;
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
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = new TrackerJournal(gatekeeper, clock);
    this.progress = new ChainProgress(appointments);
    this.missing = new MissingDisputes(database, trackers);
    this.conflicts =
        new ConflictingSpends(database, trackers, journal, progress, missing, blocks);
    this.sender =
        new PenaltySender(
            database, appointments, trackers, gatekeeper, carrier, journal, progress, missing);
    this.rebroadcaster =
        new Rebroadcaster(database, trackers, gatekeeper, carrier, sender, conflicts);
    this.anyTracker = database.read(trackers::any);
  }

  /**
   * Registers a listener for tracker events (used for metrics): it is told of each dispute once that it
   * has been seen. A transaction that has to be begun again may be told of twice. The listener must not
   * block.
   */
  public void onEvent(Consumer<Kind> listener) {
    journal.onEvent(listener);
  }

  /**
   * Answers {@code breaches}. One that is being answered already is left as it is, and so is one whose
   * appointment has been deleted by its user, or with its user's data.
   *
   * @return appointments whose user has sent another version meanwhile, and holds a receipt for that:
   *     they are not answered yet
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
      List<Breach> inTurn = inTurn(breaches);
      for (int from = 0; from < inTurn.size(); from += TrackerPages.PAGE) {
        int to = Math.min(inTurn.size(), from + TrackerPages.PAGE);
        sent.addAll(sender.sendFirst(store(inTurn.subList(from, to), newer)));
      }
    } finally {
      rebroadcaster.firstBroadcastsEnd();
    }
    sender.applyResults(sent);
    rebroadcaster.wake(Cause.DUE);
    return newer;
  }

  /** One of each user, then another of each, and so on. */
  private static List<Breach> inTurn(Collection<Breach> breaches) {
    Map<PublicKey, Queue<Breach>> byUser = new LinkedHashMap<>();
    for (Breach breach : breaches) {
      byUser.computeIfAbsent(breach.appointment().user(), user -> new ArrayDeque<>()).add(breach);
    }
    List<Breach> inTurn = new ArrayList<>(breaches.size());
    while (!byUser.isEmpty()) {
      byUser.values().forEach(left -> inTurn.add(left.remove()));
      byUser.values().removeIf(Collection::isEmpty);
    }
    return inTurn;
  }

  private List<Broadcast> store(List<Breach> breaches, List<StoredAppointment> newer) {
    int height = gatekeeper.height();
    record Stored(List<Broadcast> fresh, List<StoredAppointment> newer) {}
    Stored stored =
        database.write(
            handle -> {
              Stored now = new Stored(new ArrayList<>(), new ArrayList<>());
              gatekeeper.lock(
                  handle, breaches.stream().map(breach -> breach.appointment().user()).toList());
              for (Breach breach : breaches) {
                Tracker tracker = breach.tracker(new Pending(height));
                Optional<StoredAppointment> current =
                    appointments.loadAppointment(handle, tracker.locator(), tracker.user());
                if (current.isEmpty()) {
                  log.atInfo().addKeyValue("uuid", tracker.uuid()).log("deleted before its breach");
                } else if (!current.get().equals(breach.appointment())) {
                  now.newer.add(current.get());
                } else if (trackers.store(
                    handle, tracker, breach.disputeTx(), breach.penaltyTx())) {
                  journal.recordEvent(handle, tracker, Kind.SEEN, where(tracker.disputeHeight()));
                  now.fresh.add(new Broadcast(tracker, breach.penaltyTx()));
                }
              }
              return now;
            });
    newer.addAll(stored.newer);
    stored.fresh.forEach(fresh -> journal.recordBreach(fresh.tracker()));
    return stored.fresh;
  }

  private static String where(OptionalInt disputeHeight) {
    return disputeHeight.isPresent()
        ? "dispute in block " + disputeHeight.getAsInt()
        : "dispute in the mempool";
  }

  /**
   * Notes that the dispute is in no block that the tower knows of, and sees where it is; unless {@code
   * block}, in which it was found, is one that the tower has processed.
   */
  public void disputeUnconfirmed(AppointmentKey key, BlockId block) {
    database.write(
        handle -> {
          trackers
              .load(handle, key.locator(), key.user())
              .filter(found -> !progress.isProcessed(handle, block))
              .ifPresent(
                  found ->
                      trackers.update(handle, found.disputeAt(OptionalInt.empty()).dueNow()));
          return null;
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
        database, handle -> any ? steps(handle, block) : List.of(), progress::store);
    progress.stored();
    if (any && !more) {
      rebroadcaster.wake(Cause.BLOCK);
    }
  }

  private List<Step> steps(Handle handle, ConnectedBlock block) {
    int height = block.height();
    List<Step> steps = new ArrayList<>();
    for (Txid dispute : transactions.disputesAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> trackers.withDispute(h, dispute, after, limit),
              (h, page) -> page.forEach(tracker -> disputeConfirmed(h, tracker, height))));
    }
    for (Txid penalty : trackers.penaltiesAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> trackers.withPenalty(h, penalty, after, limit),
              (h, page) -> page.forEach(tracker -> penaltyConfirmed(h, tracker, height))));
    }
    steps.addAll(conflicts.steps(handle, block));
    steps.add(
        new Step(
            (h, after, limit) ->
                trackers.settledAtOrUnder(h, height - IRREVOCABLY_RESOLVED + 1, after, limit),
            (h, page) -> page.forEach(tracker -> complete(h, tracker))));
    steps.add(
        new Step(
            (h, after, limit) ->
                trackers.completeAtOrUnder(h, height - SAFE_DEPTH + 1, after, limit),
            trackers::delete));
    return steps;
  }

  private void disputeConfirmed(Handle handle, Tracker tracker, int height) {
    if (!tracker.disputeHeight().equals(OptionalInt.of(height))) {
      Tracker found = tracker.disputeConfirmed(height);
      trackers.update(handle, found);
      journal.recordEvent(handle, found, Kind.SEEN, where(found.disputeHeight()));
    }
  }

  private void penaltyConfirmed(Handle handle, Tracker tracker, int height) {
    if (!(tracker.status() instanceof Confirmed || tracker.status() instanceof Complete)) {
      trackers.update(handle, tracker.with(new Confirmed(height)));
      journal.recordEvent(handle, tracker, Kind.CONFIRMED, "in block " + height);
    }
  }

  private void complete(Handle handle, Tracker tracker) {
    trackers.update(handle, tracker.completed());
    journal.recordEvent(handle, tracker, Kind.COMPLETE, tracker.slots() + " slots returned");
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.returnSlots(handle, tracker.user(), tracker.slots());
  }

  /**
   * Undoes what blocks over {@code last} had brought. For a tower that starts: the watcher and bitcoind
   * may have been ahead when it ended, and those blocks may have left the chain since.
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
      lost.add(tracker.status() instanceof Beaten ? "what beat the penalty" : "the penalty");
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
    if (tracker.status() instanceof DisputeGone) {
      Tracker again = tracker.disputeBack(gatekeeper.height());
      trackers.update(handle, again);
      journal.recordEvent(handle, again, Kind.SEEN, where(again.disputeHeight()));
    }
  }

  /** Blocks until nothing is sent again any more. */
  public void stop() throws InterruptedException {
    rebroadcaster.stop();
  }
}
