package teos.tower.inventory;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import teos.common.ThrottledSupplier;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.responder.Forecaster;
import teos.tower.responder.Verdict;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEventsDBM;
import teos.tower.store.TrackerGroup;
import teos.tower.store.TrackerListDBM;
import teos.tower.store.TrackerOverview;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;
import teos.tower.store.WatchedAppointmentsDBM;

/**
 * Users, appointments and trackers of the tower, for its operator. Reads pages, so that memory does
 * not depend on their number. Iteration may or may not include entries that change meanwhile, but
 * never misses one that exists all the time.
 */
public final class Inventory {

  private static final Duration COUNT_INTERVAL = Duration.ofSeconds(1);

  /** Counting may use at most 1/20 of the time. */
  private static final int COUNT_PAUSE_FACTOR = 20;

  private final Database database;
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Forecaster forecaster;
  private final TrackerListDBM trackerList = new TrackerListDBM();
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackerEventsDBM events = new TrackerEventsDBM();
  private final Supplier<Map<Verdict, Long>> verdicts =
      new ThrottledSupplier<>(this::countVerdicts, COUNT_INTERVAL, COUNT_PAUSE_FACTOR);

  /**
   * @param forecaster judges whether penalties will confirm in time
   */
  public Inventory(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Forecaster forecaster) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.trackers = trackers;
    this.forecaster = forecaster;
  }

  /**
   * Numbers of users and appointments.
   *
   * @param users registered users
   * @param watched appointments whose dispute has not been seen
   * @param trackers disputes that the tower is responding to
   */
  public record Totals(long users, long watched, long trackers) {}

  /** Returns the totals. */
  public Totals totals() {
    return database.read(
        handle ->
            new Totals(
                users.count(handle),
                // Cheaper than counting watched ones, because few appointments have trackers.
                appointments.countAppointments() - trackerList.countWithAppointments(handle),
                trackers.count(handle)));
  }

  /**
   * Numbers of users and their slots.
   *
   * @param count registered users
   * @param slots slots that all users together have left
   */
  public record UserTotals(long count, long slots) {}

  /** Returns the numbers of users and slots. Reads all users. */
  public UserTotals users() {
    return database.read(
        handle -> new UserTotals(users.count(handle), users.sumAvailableSlots(handle)));
  }

  /** Returns the forecast for all trackers of an appointment, with the current fees. */
  public ConfirmationForecast forecast(List<Tracker> all) {
    return forecaster.forecast(all);
  }

  /**
   * Returns the numbers of appointments with unconfirmed penalties by their worst verdict. As this
   * reads all trackers of such penalties, the last numbers are kept for a while.
   */
  public Map<Verdict, Long> verdicts() {
    return verdicts.get();
  }

  private Map<Verdict, Long> countVerdicts() {
    return database.read(
        handle -> {
          Map<Verdict, Long> counts = new EnumMap<>(Verdict.class);
          for (Verdict verdict : Verdict.values()) {
            counts.put(verdict, 0L);
          }
          trackerList.visitUnconfirmed(
              handle,
              all ->
                  forecast(all)
                      .verdict()
                      .ifPresent(verdict -> counts.merge(verdict, 1L, Long::sum)));
          return counts;
        });
  }

  /** Returns the numbers of trackers by state. */
  public TrackerOverview disputes() {
    return database.read(TrackerOverview::read);
  }

  /**
   * Returns the {@code limit} disputes that were seen last, the newest first, each with its
   * history.
   */
  public List<TrackerEventsDBM.TrackerHistory> newestDisputes(int limit) {
    return database.read(handle -> events.newest(handle, limit));
  }

  /** Returns the approximate number of appointments, watched and answered. */
  public long appointments() {
    return appointments.countAppointments();
  }

  /**
   * Passes all appointments to {@code visitor}, first watched, then answered ones, until it returns
   * false.
   *
   * @param from cursor of an earlier walk; null for the beginning
   * @param only locator of the appointments; empty for all
   * @param visitor returns true if it takes the entry, false to stop before it
   * @return whether the visitor has taken all
   */
  public boolean visit(
      @Nullable Cursor from, Optional<Locator> only, Predicate<InventoryEntry> visitor) {
    return database.read(
        handle -> {
          boolean answeredOnly = from != null && from.section() == Cursor.Section.RESPONDED;
          Optional<AppointmentKey> after = Optional.ofNullable(from).map(Cursor::key);
          return (answeredOnly
                  || watched.visitWatched(
                      handle,
                      after,
                      only,
                      found -> visitor.test(new InventoryEntry.Watched(found))))
              && trackerList.visit(
                  handle,
                  answeredOnly ? after : Optional.empty(),
                  only,
                  found -> visitor.test(responded(handle, found)));
        });
  }

  private InventoryEntry responded(Handle handle, List<Tracker> all) {
    Tracker shown = TrackerGroup.representative(all);
    byte[] raw = transactions.penalty(handle, shown.trackerKey()).orElse(new byte[0]);
    return new InventoryEntry.Responded(shown, all, raw);
  }

  /** Returns up to {@code limit} users with ids after {@code after}, in ascending order. */
  public List<PublicKey> users(Optional<PublicKey> after, int limit) {
    return database.read(handle -> users.ids(handle, after, limit));
  }

  /**
   * User and the number of the user's appointments.
   *
   * @param user the user
   * @param appointments number of appointments, watched and answered
   */
  public record UserHoldings(UserRecord user, long appointments) {}

  /** Returns those of {@code ids} that are registered, in ascending order of their ids. */
  public List<UserHoldings> holders(List<PublicKey> ids) {
    return database.read(
        handle -> {
          Map<PublicKey, Long> counts = appointments.countByUser(handle, ids);
          return users.load(handle, ids).stream()
              .map(user -> new UserHoldings(user, counts.getOrDefault(user.id(), 0L)))
              .toList();
        });
  }

  /**
   * Returns up to {@code limit} of a user's locators that come after {@code after}, in ascending
   * order.
   */
  public List<Locator> locatorsOf(PublicKey user, Optional<Locator> after, int limit) {
    return database.read(handle -> appointments.locatorsOf(handle, user, after, limit));
  }

  /** Returns the history of an appointment's dispute, oldest first; empty if none has been seen. */
  public List<TrackerEvent> history(AppointmentKey key) {
    return database.read(handle -> events.events(handle, key));
  }
}
