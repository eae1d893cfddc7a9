package teos.tower.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.protocol.Locator;

/**
 * Reads the table of trackers for the operator: counts and lists. Each method is part of its
 * caller's transaction.
 */
public final class TrackerListDBM {

  private final TrackersDBM trackers = new TrackersDBM();

  /**
   * Returns the number of appointments whose trackers respond to a dispute and which still exist:
   * the subscription may have ended since.
   */
  public long countWithAppointments(Handle handle) {
    return handle
        .createQuery(
            "SELECT COUNT(*) FROM (SELECT DISTINCT t.locator, t.user_id FROM trackers t"
                + " WHERE t.status"
                + TrackerRow.ANSWERING
                + " AND EXISTS (SELECT 1 FROM appointments a"
                + " WHERE a.locator = t.locator AND a.user_id = t.user_id)) AS answering")
        .mapTo(Long.class)
        .one();
  }

  /**
   * Passes the trackers of each appointment to {@code visitor}, in the order of their keys, like
   * {@link WatchedAppointmentsDBM#visitWatched}: of those that respond to a dispute, and with a
   * single locator also of those that are complete.
   */
  public boolean visit(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<List<Tracker>> visitor) {
    Predicate<Tracker> shown =
        only.isPresent()
            ? tracker -> !(tracker.status() instanceof PenaltyStatus.DisputeMissing)
            : Tracker::isAnswering;
    return visitGroups(
        handle,
        " WHERE ",
        after,
        only,
        group -> !shown.test(TrackerGroup.representative(group)) || visitor.test(group));
  }

  /**
   * Passes those trackers of each appointment to {@code visitor} whose penalty can still be, or has
   * been, broadcast and is not in a block.
   */
  public void visitUnconfirmed(Handle handle, Consumer<List<Tracker>> visitor) {
    visitGroups(
        handle,
        " WHERE status" + TrackerRow.CHOOSABLE + " AND ",
        Optional.empty(),
        Optional.empty(),
        group -> {
          visitor.accept(group);
          return true;
        });
  }

  private static boolean visitGroups(
      Handle handle,
      String where,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<List<Tracker>> visitor) {
    List<Tracker> group = new ArrayList<>();
    boolean all =
        Queries.visit(
            handle,
            TrackerRow.SELECT + where,
            after,
            only,
            query -> query.map(TrackerRow::tracker).iterator(),
            tracker -> {
              if (!group.isEmpty() && !group.getFirst().key().equals(tracker.key())) {
                List<Tracker> complete = List.copyOf(group);
                group.clear();
                if (!visitor.test(complete)) {
                  return false;
                }
              }
              group.add(tracker);
              return true;
            });
    return all && (group.isEmpty() || visitor.test(group));
  }

  /**
   * Returns the trackers of each of the {@code limit} appointments whose disputes were seen last,
   * the newest first.
   */
  List<List<Tracker>> newest(Handle handle, int limit) {
    List<AppointmentKey> keys =
        handle
            .createQuery(
                "SELECT locator, user_id FROM tracker_events WHERE number = 1"
                    + " ORDER BY seconds DESC, locator, user_id LIMIT ?")
            .bind(0, limit)
            .map((row, context) -> AppointmentsDBM.key(row))
            .list();
    Map<AppointmentKey, List<Tracker>> groups =
        TrackerGroup.byAppointment(trackers.loadAll(handle, keys)).stream()
            .collect(Collectors.toMap(group -> group.getFirst().key(), Function.identity()));
    return keys.stream().map(groups::get).filter(Objects::nonNull).toList();
  }
}
