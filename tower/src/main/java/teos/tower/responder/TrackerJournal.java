package teos.tower.responder;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;
import teos.tower.BreachLog;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerEventsDBM;

/** History of what became of trackers: on disk, in the log, and told to a listener. */
final class TrackerJournal {

  private static final Logger log = BreachLog.logger();

  /** A detail is bitcoind's word, which is short. */
  private static final int MAX_DETAIL = 500;

  private final TrackerEventsDBM events = new TrackerEventsDBM();
  private final Gatekeeper gatekeeper;
  private final InstantSource clock;
  private volatile Consumer<Kind> listener = kind -> {};

  TrackerJournal(Gatekeeper gatekeeper, InstantSource clock) {
    this.gatekeeper = gatekeeper;
    this.clock = clock;
  }

  /** Registers a listener for events; it must not block. */
  void onEvent(Consumer<Kind> listener) {
    this.listener = listener;
  }

  /** Records an event, unless it is the same as the one before. */
  void recordEvent(Handle handle, Tracker tracker, Kind kind, String detail) {
    int height = gatekeeper.height();
    String brief = detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) : detail;
    boolean news =
        events.addEvent(
            handle, tracker.key(), new TrackerEvent(clock.instant(), height, kind, brief));
    if (!news) {
      return;
    }
    if (kind != Kind.SEEN) {
      listener.accept(kind);
    }
    LoggingEventBuilder line = line(tracker).addKeyValue("height", height);
    if (!brief.isEmpty()) {
      line = line.addKeyValue("detail", brief);
    }
    line.log(kind.word());
  }

  /** Records that the disputes of new trackers have been seen for the first time. */
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

  /** Tells of a breach whose tracker is on disk now. */
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

  /** Records that a penalty has been dropped with its tracker and its history. */
  void recordDropped(Tracker tracker, String reason) {
    line(tracker).addKeyValue("reason", reason).log("dropped");
  }

  private static LoggingEventBuilder line(Tracker tracker) {
    return log.atInfo()
        .addKeyValue("uuid", tracker.uuid())
        .addKeyValue(BreachLog.USER, tracker.user())
        .addKeyValue("penalty", tracker.penaltyTxid());
  }

  /** Where a dispute was seen, for people. */
  static String where(OptionalInt disputeHeight) {
    return disputeHeight.isPresent()
        ? "dispute in block " + disputeHeight.getAsInt()
        : "dispute in the mempool";
  }
}
