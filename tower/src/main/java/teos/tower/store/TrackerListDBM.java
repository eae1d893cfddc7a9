package teos.tower.store;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import teos.protocol.Locator;

/**
 * Reads the table of trackers for the operator: counts and lists. Each method is part of its
 * caller's transaction.
 */
public final class TrackerListDBM {

  /**
   * Returns the number of trackers that respond to a dispute and whose appointment still exists:
   * the subscription may have ended since.
   */
  public long countWithAppointments(Handle handle) {
    return handle
        .createQuery(
            "SELECT COUNT(*) FROM trackers t WHERE t.status"
                + TrackerRow.ANSWERING
                + " AND EXISTS (SELECT 1 FROM appointments a"
                + " WHERE a.locator = t.locator AND a.user_id = t.user_id)")
        .mapTo(Long.class)
        .one();
  }

  /**
   * Passes trackers to {@code visitor} in the order of their keys, like {@link
   * WatchedAppointmentsDBM#visitWatched}: those that respond to a dispute, and with a single
   * locator also those that are complete.
   */
  public boolean visit(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<Tracker> visitor) {
    String shown = only.isPresent() ? " <> " + TrackerRow.DISPUTE_MISSING : TrackerRow.ANSWERING;
    return Queries.visit(
        handle,
        TrackerRow.SELECT + " WHERE status" + shown + " AND ",
        after,
        only,
        query -> query.map(TrackerRow::tracker).iterator(),
        visitor);
  }

  /** Returns the {@code limit} trackers whose disputes were seen last, the newest first. */
  List<Tracker> newest(Handle handle, int limit) {
    return handle
        .createQuery(
            TrackerRow.SELECT
                + " JOIN (SELECT locator AS l, user_id AS u, seconds AS seen FROM tracker_events"
                + " WHERE number = 1 ORDER BY seconds DESC LIMIT ?) AS first_events"
                + " ON locator = l AND user_id = u ORDER BY seen DESC, locator, user_id")
        .bind(0, limit)
        .map(TrackerRow::tracker)
        .list();
  }
}
