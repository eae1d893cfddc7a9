package teos.tower.responder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BlockId;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Database;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.Tracker;

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

  /** Blocks without a confirmation after which a penalty is sent again. */
  static final int CONFIRMATIONS_BEFORE_RETRY = 6;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final Carrier carrier;

  public Responder(
      Database database, AppointmentsDBM appointments, Gatekeeper gatekeeper, Carrier carrier) {
    this.database = database;
    this.appointments = appointments;
    this.gatekeeper = gatekeeper;
    this.carrier = carrier;
  }

  /** Answers {@code breaches}. One that is being answered already is left as it is. */
  public void handleBreaches(Collection<Breach> breaches) {
    if (breaches.isEmpty()) {
      return;
    }
    int height = gatekeeper.height();
    List<Tracker> fresh =
        database.write(
            handle -> {
              List<Tracker> stored = new ArrayList<>();
              for (Breach breach : breaches) {
                Tracker tracker = breach.tracker(new Pending(height));
                if (appointments.storeTracker(handle, tracker)) {
                  stored.add(tracker);
                }
              }
              return stored;
            });
    for (Tracker tracker : fresh) {
      log.info(
          "breach: uuid={} dispute={} penalty={}",
          tracker.uuid(),
          tracker.disputeTxid(),
          tracker.penaltyTxid());
    }
    send(fresh, height);
  }

  /** Sends all penalties that are in no block: those that had to wait, and the rest once more. */
  public void resendUnconfirmed() {
    send(database.read(appointments::unconfirmedTrackers), gatekeeper.height());
  }

  /** Deals with a block that the watcher has seen already, and notes that all the tower has. */
  public void blockConnected(ConnectedBlock block) {
    int height = block.height();
    List<Tracker> complete =
        database.write(
            handle -> {
              confirm(handle, block.txids(), height);
              List<Tracker> deep =
                  appointments.confirmedAtOrUnder(handle, height - IRREVOCABLY_RESOLVED + 1);
              deep.forEach(tracker -> complete(handle, tracker));
              appointments.storeKnownBlocks(handle, List.of(block.id()));
              return deep;
            });
    for (Tracker tracker : complete) {
      log.info("complete: uuid={} penalty={}", tracker.uuid(), tracker.penaltyTxid());
    }
    send(dueAt(height), height);
  }

  /** Undoes the confirmations that {@code block} had brought. */
  public void blockDisconnected(BlockId block, BlockId parent) {
    List<Tracker> reorged =
        database.write(
            handle -> {
              List<Tracker> lost = appointments.confirmedAtOrOver(handle, block.height());
              for (Tracker tracker : lost) {
                appointments.updateStatus(handle, tracker, new Pending(parent.height()));
              }
              appointments.storeKnownBlocks(handle, List.of(parent));
              return lost;
            });
    for (Tracker tracker : reorged) {
      log.warn("reorged: uuid={} penalty={}", tracker.uuid(), tracker.penaltyTxid());
    }
  }

  private void confirm(Handle handle, Collection<Txid> txids, int height) {
    for (Tracker tracker : appointments.trackersWithPenalties(handle, txids)) {
      if (!(tracker.status() instanceof Confirmed)) {
        appointments.updateStatus(handle, tracker, new Confirmed(height));
        log.info(
            "confirmed: uuid={} penalty={} height={}",
            tracker.uuid(),
            tracker.penaltyTxid(),
            height);
      }
    }
  }

  private void complete(Handle handle, Tracker tracker) {
    appointments.deleteTracker(handle, tracker);
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.returnSlots(handle, tracker.user(), tracker.slots());
  }

  /** What has to be sent at {@code height}: what bitcoind has not, and what is long in coming. */
  private List<Tracker> dueAt(int height) {
    return database.read(appointments::unconfirmedTrackers).stream()
        .filter(
            tracker ->
                switch (tracker.status()) {
                  case Pending pending -> true;
                  case Refused refused -> true;
                  case InMempool mempool ->
                      height - mempool.height() >= CONFIRMATIONS_BEFORE_RETRY;
                  case Confirmed confirmed -> false;
                })
        .toList();
  }

  private void send(List<Tracker> trackers, int height) {
    if (trackers.isEmpty()) {
      return;
    }
    record Sent(Tracker tracker, Delivery delivery) {}
    List<Sent> sent = new ArrayList<>();
    for (Tracker tracker : trackers) {
      Delivery delivery = carrier.send(tracker.penaltyTx(), tracker.penaltyTxid());
      sent.add(new Sent(tracker, delivery));
      if (delivery instanceof Delivery.NodeDown) {
        break; // the others would find the same; all are pending, and are sent when it is back
      }
    }
    database.write(
        handle -> {
          sent.forEach(each -> settle(handle, each.tracker(), each.delivery(), height));
          return null;
        });
  }

  private void settle(Handle handle, Tracker sent, Delivery delivery, int height) {
    Tracker tracker =
        appointments.loadTracker(handle, sent.locator(), sent.user()).orElse(null);
    if (tracker == null || tracker.status() instanceof Confirmed) {
      return; // a block has come in between
    }
    switch (delivery) {
      case Delivery.Accepted accepted ->
          appointments.updateStatus(handle, tracker, new InMempool(height));
      // bitcoind may be ahead of the tower: a block that is yet to come is noted in its turn.
      case Delivery.InChain inChain ->
          appointments.updateStatus(
              handle,
              tracker,
              inChain.height() <= height
                  ? new Confirmed(inChain.height())
                  : new InMempool(height));
      case Delivery.Refused refused -> {
        PenaltyStatus before = tracker.status();
        int since = before instanceof Refused ? before.height() : height;
        appointments.updateStatus(handle, tracker, new Refused(since, refused.reason()));
      }
      case Delivery.Invalid invalid -> {
        // Junk, which its sender pays for: the slots are not given back.
        log.warn("dropped: uuid={} {}", tracker.uuid(), invalid.reason());
        appointments.deleteTracker(handle, tracker);
        appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
      }
      case Delivery.NodeDown down -> {
        if (!(tracker.status() instanceof InMempool)) {
          appointments.updateStatus(handle, tracker, new Pending(tracker.status().height()));
        }
      }
    }
  }
}
