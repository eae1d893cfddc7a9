package teos.tower.responder;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ConnectedBlock;
import teos.bitcoin.MempoolTransaction;
import teos.protocol.Txid;
import teos.tower.BreachLog;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Beaten;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeGone;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;

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

  /** Blocks without a confirmation after which a penalty is sent again. */
  static final int CONFIRMATIONS_BEFORE_RETRY = 6;

  /** Blocks with nothing in them for the responder that are noted in one transaction. */
  private static final int NOTED_AT_ONCE = 500;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final Carrier carrier;
  private final BlockProcessor blocks;
  private final InstantSource clock;

  /** Blocks dealt with that are not noted yet; changed by the responder's thread only. */
  private final List<BlockId> unnoted = new CopyOnWriteArrayList<>();

  /** Whether there has been any tracker: if not, blocks need not be looked through for them. */
  private volatile boolean anyTracker;

  private volatile Consumer<Kind> listener = kind -> {};

  /** Disputes that are in no block and no mempool, and may come back. */
  private volatile Set<Txid> gone;

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
    this.carrier = carrier;
    this.blocks = blocks;
    this.clock = clock;
    this.gone = Set.copyOf(database.read(trackers::goneDisputes));
    this.anyTracker = database.read(trackers::any);
  }

  /**
   * Has {@code listener} told of all that becomes of disputes, for who counts it: of each dispute
   * once that it has been seen. A transaction that has to be begun anew may be told of twice. The
   * listener must not block.
   */
  public void onEvent(Consumer<Kind> listener) {
    this.listener = listener;
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
    int height = gatekeeper.height();
    anyTracker = true;
    List<StoredAppointment> newer = new ArrayList<>();
    List<Tracker> fresh =
        database.write(
            handle -> {
              newer.clear(); // of a try before this one
              gatekeeper.lock(
                  handle, breaches.stream().map(breach -> breach.appointment().user()).toList());
              List<Tracker> stored = new ArrayList<>();
              for (Breach breach : breaches) {
                Tracker tracker = breach.tracker(new Pending(height));
                Optional<StoredAppointment> now =
                    appointments.loadAppointment(handle, tracker.locator(), tracker.user());
                if (now.isEmpty()) {
                  log.atInfo().addKeyValue("uuid", tracker.uuid()).log("deleted before its breach");
                } else if (!now.get().equals(breach.appointment())) {
                  newer.add(now.get());
                } else if (trackers.store(handle, tracker)) {
                  note(handle, tracker, Kind.SEEN, where(tracker.disputeHeight()));
                  stored.add(tracker);
                }
              }
              return stored;
            });
    for (Tracker tracker : fresh) {
      listener.accept(Kind.SEEN);
      log.atInfo()
          .addKeyValue("uuid", tracker.uuid())
          .addKeyValue("locator", tracker.locator())
          .addKeyValue("user", tracker.user())
          .addKeyValue("dispute", tracker.disputeTxid())
          .addKeyValue("penalty", tracker.penaltyTxid())
          .log("breach");
    }
    send(fresh, height);
    fresh.forEach(this::lookForEarlierSpender);
    return newer;
  }

  private static String where(OptionalInt disputeHeight) {
    return disputeHeight.isPresent()
        ? "dispute in block " + disputeHeight.getAsInt()
        : "dispute in the mempool";
  }

  /**
   * An appointment that came after its dispute may come too late: the dispute's block and those since
   * have been dealt with, and one of them may have what beat it.
   */
  private void lookForEarlierSpender(Tracker fresh) {
    int tip = gatekeeper.height();
    boolean late = fresh.disputeHeight().isPresent() && fresh.disputeHeight().getAsInt() <= tip;
    if (!late
        || !(database.read(handle -> reload(handle, fresh)).map(Tracker::status).orElse(null)
            instanceof Refused)) {
      return;
    }
    try {
      for (int height = fresh.disputeHeight().getAsInt(); height <= tip; height++) {
        Optional<String> hash = blocks.blockHash(height);
        if (hash.isEmpty()) {
          return; // a reorg, which is told in its turn
        }
        ConnectedBlock block = blocks.fetch(new BlockId(hash.get(), height));
        database.write(
            handle -> {
              // One that the tower has yet to hear of is looked through in its turn.
              if (hasDealtWith(handle, block.id())) {
                reload(handle, fresh)
                    .ifPresent(tracker -> noteSpenders(handle, List.of(tracker), block));
              }
              return null;
            });
      }
    } catch (BitcoindException e) {
      log.debug("cannot look for what has spent the output now", e);
    }
  }

  /**
   * Whether {@code block} is one of the chain that the tower has followed, and is going to be told if
   * it leaves that.
   */
  private boolean hasDealtWith(Handle handle, BlockId block) {
    return unnoted.contains(block) || appointments.hasDealtWith(handle, block);
  }

  /**
   * Notes that the dispute is in no block that the tower knows of, and sees where it is; unless {@code
   * block}, in which it was found, is one that the tower has dealt with.
   */
  public void disputeUnconfirmed(AppointmentKey key, BlockId block) {
    Optional<Tracker> noted =
        database.write(
            handle -> {
              Optional<Tracker> tracker =
                  trackers
                      .load(handle, key.locator(), key.user())
                      .filter(found -> !hasDealtWith(handle, block))
                      .map(found -> found.withDisputeAt(OptionalInt.empty()));
              tracker.ifPresent(found -> trackers.update(handle, found));
              return tracker;
            });
    send(noted.stream().toList(), gatekeeper.height());
  }

  /** Sends all penalties that are in no block: those that had to wait, and the rest once more. */
  public void resendUnconfirmed() {
    send(database.read(trackers::unsettled), gatekeeper.height());
  }

  /**
   * Deals with a block that the watcher has seen already, and notes that all the tower has.
   *
   * @param more whether there are blocks over it: what only has to be repeated waits for the last
   */
  public void blockConnected(ConnectedBlock block, boolean more) {
    int height = block.height();
    if (unnoted.isEmpty() || !unnoted.getLast().equals(block.id())) {
      unnoted.add(block.id()); // else told again after a failure in what follows
    }
    boolean any = anyTracker;
    if (!any && more && unnoted.size() < NOTED_AT_ONCE) {
      return;
    }
    database.write(
        handle -> {
          if (any) {
            bringUpTo(handle, block);
          }
          appointments.storeKnownBlocks(handle, unnoted);
          return null;
        });
    unnoted.clear();
    if (any) {
      refreshGone();
      if (!more) {
        sendDue(height, tracker -> isDue(tracker, height));
      }
    }
  }

  private void bringUpTo(Handle handle, ConnectedBlock block) {
    int height = block.height();
    for (Tracker tracker : trackers.withDisputes(handle, block.txids())) {
      if (!tracker.disputeHeight().equals(OptionalInt.of(height))) {
        Tracker found = back(tracker.withDisputeAt(OptionalInt.of(height)), height);
        trackers.update(handle, found);
        note(handle, found, Kind.SEEN, where(found.disputeHeight()));
      }
    }
    for (Tracker tracker : trackers.withPenalties(handle, block.txids())) {
      if (!(tracker.status() instanceof Confirmed || tracker.status() instanceof Complete)) {
        trackers.update(handle, tracker.with(new Confirmed(height)));
        note(handle, tracker, Kind.CONFIRMED, "in block " + height);
      }
    }
    noteSpenders(handle, trackers.unsettled(handle), block);
    trackers
        .settledAtOrUnder(handle, height - IRREVOCABLY_RESOLVED + 1)
        .forEach(tracker -> complete(handle, tracker));
    trackers.forgetComplete(handle, height - SAFE_DEPTH + 1);
  }

  /** The tracker of a dispute that is there: if it was gone, it is answered again. */
  private static Tracker back(Tracker tracker, int height) {
    return tracker.status() instanceof DisputeGone
        ? tracker.with(new Pending(height))
        : tracker;
  }

  private void noteSpenders(Handle handle, List<Tracker> unsettled, ConnectedBlock block) {
    for (Spent spent : Spent.find(unsettled, block)) {
      Tracker tracker = spent.tracker();
      switch (spent.what()) {
        case PENALTYS_OUTPUT -> {
          trackers.update(handle, tracker.with(new Beaten(block.height(), spent.by().toString())));
          note(
              handle, tracker, Kind.BEATEN,
              spent.by() + " in block " + block.height() + " spends the output");
        }
        case DISPUTES_OUTPUT -> {
          if (!(tracker.status() instanceof DisputeGone)) {
            String reason = spent.by() + " in block " + block.height() + " has taken its place";
            trackers.update(handle, tracker.with(new DisputeGone(block.height(), reason)));
            note(handle, tracker, Kind.DISPUTE_GONE, reason);
          }
        }
      }
    }
  }

  private void complete(Handle handle, Tracker tracker) {
    trackers.update(
        handle, tracker.with(new Complete(tracker.status().height())).withoutSlots());
    note(handle, tracker, Kind.COMPLETE, tracker.slots() + " slots returned");
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.returnSlots(handle, tracker.user(), tracker.slots());
  }

  /**
   * Undoes what blocks over {@code last} had brought. For a tower that starts: the watcher and bitcoind
   * may have been ahead when it ended, and those blocks may have left the chain since.
   *
   * @param last the last block that is noted as dealt with
   */
  public void forgetBlocksOver(BlockId last) {
    int over = last.height() + 1;
    database.write(
        handle -> {
          trackers
              .restingOnBlocksFrom(handle, over)
              .forEach(tracker -> trackers.update(handle, without(tracker, over)));
          return null;
        });
  }

  /** Undoes what {@code block} had brought, and sends again what has become unconfirmed by that. */
  public void blockDisconnected(BlockId block, BlockId parent) {
    if (!unnoted.isEmpty() && unnoted.getLast().equals(block)) {
      unnoted.removeLast();
    }
    List<BlockId> known = unnoted.isEmpty() ? List.of(parent) : unnoted;
    List<Tracker> undone =
        database.write(
            handle -> {
              // First, so that nothing is put down to the block meanwhile.
              appointments.storeKnownBlocks(handle, known);
              List<Tracker> found = trackers.restingOnBlocksFrom(handle, block.height());
              return found.stream().map(t -> undo(handle, t, block.height())).toList();
            });
    unnoted.clear();
    send(undone, parent.height());
  }

  private Tracker undo(Handle handle, Tracker tracker, int height) {
    Tracker undone = without(tracker, height);
    List<String> lost = new ArrayList<>();
    if (!undone.disputeHeight().equals(tracker.disputeHeight())) {
      lost.add("the dispute");
    }
    if (!undone.status().equals(tracker.status())) {
      lost.add(tracker.status() instanceof Beaten ? "what beat the penalty" : "the penalty");
    }
    trackers.update(handle, undone);
    note(handle, undone, Kind.REORGED, String.join(" and ", lost) + " left block " + height);
    return undone;
  }

  /** The tracker as it is if there is no block at {@code height} and over. */
  private static Tracker without(Tracker tracker, int height) {
    Tracker undone = tracker;
    if (tracker.disputeHeight().isPresent() && tracker.disputeHeight().getAsInt() >= height) {
      undone = undone.withDisputeAt(OptionalInt.empty());
    }
    if (isSettled(tracker.status()) && tracker.status().height() >= height) {
      undone = undone.with(new Pending(height - 1));
    }
    return undone;
  }

  private static boolean isSettled(PenaltyStatus status) {
    return switch (status) {
      case Confirmed confirmed -> true;
      case Beaten beaten -> true;
      case Complete complete -> true;
      case Pending pending -> false;
      case InMempool mempool -> false;
      case Refused refused -> false;
      case DisputeGone disputeGone -> false;
    };
  }

  /**
   * Looks for disputes that were gone among what is in the mempool, and, where that is told as a
   * whole, for penalties that should be there and are not. What was refused while its dispute is in
   * no block is tried again then, too: it stands and falls with what else is in the mempool.
   */
  public void mempoolSeen(Collection<MempoolTransaction> transactions, boolean whole) {
    int height = gatekeeper.height();
    Set<Txid> awaited = gone;
    if (!awaited.isEmpty()) {
      Set<Txid> found =
          transactions.stream()
              .map(MempoolTransaction::txid)
              .filter(awaited::contains)
              .collect(Collectors.toSet());
      if (!found.isEmpty()) {
        send(database.write(handle -> bringBack(handle, found, height)), height);
      }
    }
    if (whole && anyTracker) {
      sendDue(
          height,
          tracker -> tracker.status() instanceof Refused && tracker.disputeHeight().isEmpty());
    }
  }

  private List<Tracker> bringBack(Handle handle, Set<Txid> disputes, int height) {
    List<Tracker> found = new ArrayList<>();
    for (Tracker tracker : trackers.withDisputes(handle, disputes)) {
      if (tracker.status() instanceof DisputeGone) {
        Tracker again = back(tracker, height);
        trackers.update(handle, again);
        note(handle, again, Kind.SEEN, where(again.disputeHeight()));
        found.add(again);
      }
    }
    return found;
  }

  /** The penalties of {@code unsettled} that were in the mempool and are there no more. */
  private Set<Txid> evicted(List<Tracker> unsettled) {
    Set<Txid> sent =
        unsettled.stream()
            .filter(tracker -> tracker.status() instanceof InMempool)
            .map(Tracker::penaltyTxid)
            .collect(Collectors.toSet());
    return sent.isEmpty() ? sent : carrier.missingFromMempool(sent);
  }

  /** What has to be sent with a block at {@code height}: what bitcoind has not, or has for long. */
  private static boolean isDue(Tracker tracker, int height) {
    return !(tracker.status() instanceof InMempool(int since)
        && height - since < CONFIRMATIONS_BEFORE_RETRY);
  }

  /** Sends what the mempool has lost, and of the rest what is {@code due}. */
  private void sendDue(int height, Predicate<Tracker> due) {
    List<Tracker> unsettled = database.read(trackers::unsettled);
    Set<Txid> evicted = evicted(unsettled);
    List<Tracker> unsent =
        unsettled.stream()
            .filter(due.or(tracker -> evicted.contains(tracker.penaltyTxid())))
            .toList();
    send(unsent, evicted, height);
  }

  private void send(List<Tracker> unsent, int height) {
    send(unsent, Set.of(), height);
  }

  private void send(List<Tracker> unsent, Set<Txid> evicted, int height) {
    if (unsent.isEmpty()) {
      return;
    }
    record Sent(Tracker tracker, Delivery delivery) {}
    List<Sent> sent = new ArrayList<>();
    for (Tracker tracker : unsent) {
      if (isSettled(tracker.status())) {
        continue; // only its dispute has left the chain, as yet
      }
      Delivery delivery = carrier.send(tracker);
      sent.add(new Sent(tracker, delivery));
      if (delivery instanceof Delivery.NodeDown) {
        break; // the others would find the same; all are pending, and are sent when it is back
      }
    }
    database.write(
        handle -> {
          for (Sent each : sent) {
            boolean lost = evicted.contains(each.tracker().penaltyTxid());
            settle(handle, each.tracker(), lost, each.delivery(), height);
          }
          return null;
        });
    refreshGone();
  }

  /**
   * @param evicted whether bitcoind's mempool had lost it, which is no news if a block has it
   */
  private void settle(
      Handle handle, Tracker sent, boolean missing, Delivery delivery, int height) {
    Tracker tracker = reload(handle, sent).orElse(null);
    if (tracker == null || isSettled(tracker.status())) {
      return; // a block has come in between, or a new appointment in its place
    }
    PenaltyStatus before = tracker.status();
    // A bitcoind that has restarted may be sent to before its mempool is looked at.
    boolean evicted =
        missing
            || (before instanceof InMempool && delivery.equals(new Delivery.Accepted(true)));
    if (evicted && !(delivery instanceof Delivery.InChain || delivery instanceof Delivery.NodeDown)) {
      note(handle, tracker, Kind.EVICTED, "");
    }
    switch (delivery) {
      case Delivery.Accepted(boolean withDispute) -> {
        trackers.update(handle, tracker.with(new InMempool(height)));
        if (evicted || !(before instanceof InMempool)) {
          note(handle, tracker, Kind.SENT, withDispute ? "with its dispute" : "");
        }
      }
      // bitcoind may be ahead of the tower, or on a branch that it leaves again before the tower has
      // looked: only what is in a block of the tower's own chain is undone with that.
      case Delivery.InChain(BlockId block) -> {
        if (hasDealtWith(handle, block)) {
          trackers.update(handle, tracker.with(new Confirmed(block.height())));
          note(handle, tracker, Kind.CONFIRMED, "in block " + block.height());
        } else {
          trackers.update(handle, tracker.with(new InMempool(height)));
        }
      }
      case Delivery.Refused(String reason) -> refused(handle, tracker, reason, height);
      case Delivery.DisputeGone(String reason) -> {
        if (tracker.disputeHeight().isPresent()) {
          refused(handle, tracker, reason, height); // a block with it has come in between
        } else if (!(before instanceof DisputeGone)) {
          trackers.update(handle, tracker.with(new DisputeGone(height, reason)));
          note(handle, tracker, Kind.DISPUTE_GONE, reason);
        }
      }
      case Delivery.Invalid(String reason) -> {
        // Junk, which its sender pays for: the slots are not given back.
        log.atWarn()
            .addKeyValue("uuid", tracker.uuid())
            .addKeyValue("reason", reason)
            .log("dropped");
        trackers.delete(handle, tracker);
        appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
        gatekeeper.forfeitSlots(handle, tracker.user(), tracker.slots());
      }
      case Delivery.NodeDown() -> {
        if (before instanceof Refused) {
          trackers.update(handle, tracker.with(new Pending(before.height())));
        }
      }
    }
  }

  private void refused(Handle handle, Tracker tracker, String reason, int height) {
    int since = tracker.status() instanceof Refused before ? before.height() : height;
    trackers.update(handle, tracker.with(new Refused(since, reason)));
    note(handle, tracker, Kind.REFUSED, reason);
  }

  /** The tracker as it is now, unless another appointment's has taken its place. */
  private Optional<Tracker> reload(Handle handle, Tracker tracker) {
    return trackers
        .load(handle, tracker.locator(), tracker.user())
        .filter(now -> now.penaltyTxid().equals(tracker.penaltyTxid()));
  }

  /** Reads and sets in one go: two threads that send must not leave the older answer. */
  private synchronized void refreshGone() {
    gone = Set.copyOf(database.read(trackers::goneDisputes));
  }

  private void note(Handle handle, Tracker tracker, Kind kind, String detail) {
    int height = gatekeeper.height();
    boolean news =
        trackers.addEvent(
            handle, tracker.key(), new TrackerEvent(clock.instant(), height, kind, detail));
    if (news && kind != Kind.SEEN) {
      listener.accept(kind);
    }
    LoggingEventBuilder line =
        BreachLog.logger()
            .atInfo()
            .addKeyValue("uuid", tracker.uuid())
            .addKeyValue(BreachLog.USER, tracker.user())
            .addKeyValue("penalty", tracker.penaltyTxid())
            .addKeyValue("height", height);
    if (!detail.isEmpty()) {
      line = line.addKeyValue("detail", detail);
    }
    line.log(kind.word());
  }
}
