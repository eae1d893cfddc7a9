package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Table of the histories of trackers. Each method is part of its caller's transaction. */
public final class TrackerEventsDBM {

  /** Maximum number of events kept per tracker: the first one and the newest others. */
  private static final int MAX_EVENTS = 100;

  private final TrackerListDBM trackers = new TrackerListDBM();

  /**
   * Trackers of an appointment with their history.
   *
   * @param trackers all trackers of the appointment, at least one
   * @param events events, oldest first; at least the first sighting of the dispute
   */
  public record TrackerHistory(List<Tracker> trackers, List<TrackerEvent> events) {
    public TrackerHistory {
      trackers = List.copyOf(trackers);
      events = List.copyOf(events);
    }
  }

  /**
   * Returns the trackers of each of the {@code limit} appointments whose disputes were seen last,
   * the newest first.
   */
  public List<TrackerHistory> newest(Handle handle, int limit) {
    return trackers.newest(handle, limit).stream()
        .map(group -> new TrackerHistory(group, events(handle, group.getFirst().key())))
        .toList();
  }

  /**
   * Adds an event to a tracker's history unless it repeats the last one; returns whether it was
   * added.
   */
  public boolean addEvent(Handle handle, AppointmentKey key, TrackerEvent event) {
    record Last(int number, String event, String detail) {}
    Last last =
        handle
            .createQuery(
                "SELECT number, event, detail FROM tracker_events"
                    + " WHERE locator = ? AND user_id = ? ORDER BY number DESC LIMIT 1")
            .bind(0, key.locator().bytes())
            .bind(1, key.user().bytes())
            .map(
                (row, context) ->
                    new Last(row.getInt("number"), row.getString("event"), row.getString("detail")))
            .findOne()
            .orElse(new Last(0, "", ""));
    if (last.event.equals(event.kind().word()) && last.detail.equals(event.detail())) {
      return false;
    }
    insert(handle, Map.of(key, event), last.number + 1);
    if (last.number >= MAX_EVENTS) {
      handle.execute(
          "DELETE FROM tracker_events WHERE locator = ? AND user_id = ? AND number > 1"
              + " AND number <= ?",
          key.locator().bytes(),
          key.user().bytes(),
          last.number + 1 - MAX_EVENTS);
    }
    return true;
  }

  /** Adds the first events of trackers without a history. */
  public void addFirstEvents(Handle handle, Map<AppointmentKey, TrackerEvent> events) {
    insert(handle, events, 1);
  }

  private static void insert(Handle handle, Map<AppointmentKey, TrackerEvent> events, int number) {
    try (PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO tracker_events (locator, user_id, number, seconds, height, event, detail)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      events.forEach(
          (key, event) ->
              batch
                  .bind(0, key.locator().bytes())
                  .bind(1, key.user().bytes())
                  .bind(2, number)
                  .bind(3, event.at().getEpochSecond())
                  .bind(4, event.height())
                  .bind(5, event.kind().word())
                  .bind(6, event.detail())
                  .add());
      batch.execute();
    }
  }

  /** Returns a tracker's history, oldest first. */
  public List<TrackerEvent> events(Handle handle, AppointmentKey key) {
    return handle
        .createQuery(
            "SELECT seconds, height, event, detail FROM tracker_events"
                + " WHERE locator = ? AND user_id = ? ORDER BY number")
        .bind(0, key.locator().bytes())
        .bind(1, key.user().bytes())
        .map((row, context) -> event(row))
        .list();
  }

  private static TrackerEvent event(ResultSet row) throws SQLException {
    return new TrackerEvent(
        Instant.ofEpochSecond(row.getLong("seconds")),
        row.getInt("height"),
        TrackerEvent.Kind.of(row.getString("event")),
        row.getString("detail"));
  }
}
