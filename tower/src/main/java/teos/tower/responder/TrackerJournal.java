package teos.tower.responder;

import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import teos.tower.BreachLog;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerEventsDBM;

/** History of trackers: stores their events, logs them, and passes them to a listener. */
final class TrackerJournal {

  private static final Logger log = BreachLog.logger();

  /** Characters of a detail that are kept: bitcoind's reasons are short. */
  private static final int MAX_DETAIL = 500;

  /**
   * Events of a penalty in a bundle that are logged: bitcoind has accepted it. There may be any
   * number of others.
   */
  private static final Set<Kind> LOGGED_IN_BUNDLES =
      EnumSet.of(Kind.SENT, Kind.EVICTED, Kind.CONFIRMED);

  private final TrackerEventsDBM events = new TrackerEventsDBM();
  private final Gatekeeper gatekeeper;
  private final InstantSource clock;
  private volatile Consumer<Kind> listener = kind -> {};

  TrackerJournal(Gatekeeper gatekeeper, InstantSource clock) {
    this.gatekeeper = gatekeeper;
    this.clock = clock;
  }

  /** Registers the listener for events; it must not block. */
  void onEvent(Consumer<Kind> listener) {
    this.listener = listener;
  }

  /** Records that bitcoind has accepted a penalty. */
  void recordSent(Handle handle, Tracker tracker, boolean withDispute) {
    List<String> details = new ArrayList<>();
    if (withDispute) {
      details.add("with its dispute");
    }
    if (tracker.penalty().isInBundle() && tracker.penalty().feeRate().isPresent()) {
      BigDecimal rate = BigDecimal.valueOf(tracker.penalty().feeRate().getAsLong(), 3);
      details.add(rate.stripTrailingZeros().toPlainString() + " sat/vB");
    }
    recordEvent(handle, tracker, Kind.SENT, String.join(", ", details));
  }

  /**
   * Records an event of a penalty unless it equals the appointment's last event. In a bundle, the
   * detail begins with the txid of the penalty.
   */
  void recordEvent(Handle handle, Tracker tracker, Kind kind, String text) {
    if (tracker.penalty().isInBundle()) {
      String detail = tracker.penaltyTxid() + (text.isEmpty() ? "" : ": " + text);
      record(handle, tracker, kind, detail, LOGGED_IN_BUNDLES.contains(kind));
    } else {
      record(handle, tracker, kind, text, true);
    }
  }

  /**
   * Records an event of a dispute or of a whole appointment unless it equals the appointment's last
   * event.
   */
  void recordDisputeEvent(Handle handle, Tracker tracker, Kind kind, String detail) {
    record(handle, tracker, kind, detail, true);
  }

  private void record(Handle handle, Tracker tracker, Kind kind, String detail, boolean logged) {
    int height = gatekeeper.height();
    String shortened = detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) : detail;
    boolean isNew =
        events.addEvent(
            handle, tracker.key(), new TrackerEvent(clock.instant(), height, kind, shortened));
    if (!isNew) {
      return;
    }
    if (kind != Kind.SEEN) {
      listener.accept(kind);
    }
    LoggingEventBuilder line =
        line(logged ? Level.INFO : Level.DEBUG, tracker).addKeyValue("height", height);
    if (!shortened.isEmpty()) {
      line = line.addKeyValue("detail", shortened);
    }
    line.log(kind.word());
  }

  /** Stores the first event of new trackers: their disputes have been seen. */
  void recordFirstEvents(Handle handle, Map<Tracker, String> details) {
    if (details.isEmpty()) {
      return;
    }
    int height = gatekeeper.height();
    Map<AppointmentKey, TrackerEvent> first = new HashMap<>();
    details.forEach(
        (tracker, detail) ->
            first.put(tracker.key(), new TrackerEvent(clock.instant(), height, Kind.SEEN, detail)));
    events.addFirstEvents(handle, first);
  }

  /** Logs a breach whose tracker has been committed, and passes it to the listener. */
  void recordBreach(Tracker tracker, String detail) {
    listener.accept(Kind.SEEN);
    line(tracker)
        .addKeyValue("height", gatekeeper.height())
        .addKeyValue("detail", detail)
        .log(Kind.SEEN.word());
    line(tracker)
        .addKeyValue("locator", tracker.locator())
        .addKeyValue("dispute", tracker.disputeTxid())
        .log("breach");
  }

  /** Logs that a penalty has been dropped together with its tracker and history. */
  void recordDropped(Tracker tracker, String reason) {
    line(tracker).addKeyValue("reason", reason).log("dropped");
  }

  private static LoggingEventBuilder line(Tracker tracker) {
    return line(Level.INFO, tracker);
  }

  private static LoggingEventBuilder line(Level level, Tracker tracker) {
    return log.atLevel(level)
        .addKeyValue("uuid", tracker.uuid())
        .addKeyValue(BreachLog.USER, tracker.user())
        .addKeyValue("penalty", tracker.penaltyTxid());
  }

  /** Returns where a dispute was seen, as a detail for people. */
  static String where(OptionalInt disputeHeight) {
    return disputeHeight.isPresent()
        ? "dispute in block " + disputeHeight.getAsInt()
        : "dispute in the mempool";
  }
}
