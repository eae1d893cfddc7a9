package teos.tower.inventory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEventsDBM;
import teos.tower.store.TrackerOverview;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;
import teos.tower.store.WatchedAppointmentsDBM;

/**
 * All that the tower holds, of all users. Reads as it goes, so that its size does not matter; what
 * changes during a walk may be seen or not, and nothing that was there all the while is passed
 * over.
 */
public final class Inventory {

  private final Database database;
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackerEventsDBM events = new TrackerEventsDBM();

  public Inventory(
      Database database, UsersDBM users, AppointmentsDBM appointments, TrackersDBM trackers) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.trackers = trackers;
  }

  /**
   * How much there is.
   *
   * @param users registered users
   * @param watched appointments whose dispute has not been seen
   * @param trackers disputes that are being answered
   */
  public record Totals(long users, long watched, long trackers) {}

  public Totals totals() {
    return database.read(
        handle ->
            new Totals(
                users.count(handle),
                // Answered appointments are few: counting them, and all, spares a look at each.
                appointments.countAppointments() - trackers.countWithAppointments(handle),
                trackers.count(handle)));
  }

  /**
   * Who uses the tower.
   *
   * @param count registered users
   * @param slots that they have left, all together
   */
  public record Users(long count, long slots) {}

  /** Who uses the tower. Looks at all of them. */
  public Users users() {
    return database.read(handle -> new Users(users.count(handle), users.countSlots(handle)));
  }

  /** How far all disputes have come. */
  public TrackerOverview disputes() {
    return database.read(TrackerOverview::read);
  }

  /** The {@code limit} disputes that were seen last, the newest first, each with its history. */
  public List<TrackerEventsDBM.Followed> newestDisputes(int limit) {
    return database.read(handle -> events.newest(handle, limit));
  }

  /** Appointments that are stored, watched or answered; a little more or less. */
  public long appointments() {
    return appointments.countAppointments();
  }

  /**
   * Shows all appointments to {@code visitor}, first those watched, then those answered, until it
   * has seen enough.
   *
   * @param from how far an earlier walk has come; from the beginning if there is none
   * @param only the locator of those that are shown; all if there is none
   * @param visitor takes an entry and answers true, or leaves it and answers false
   * @return whether the visitor has taken all
   */
  public boolean walk(@Nullable Cursor from, Optional<Locator> only, Predicate<Entry> visitor) {
    return database.read(
        handle -> {
          boolean answeredOnly = from != null && from.part() == Cursor.Part.RESPONDED;
          Optional<AppointmentKey> after = Optional.ofNullable(from).map(Cursor::key);
          return (answeredOnly
                  || watched.visitWatched(
                      handle, after, only, found -> visitor.test(new Entry.Watched(found))))
              && trackers.visit(
                  handle,
                  answeredOnly ? after : Optional.empty(),
                  only,
                  found ->
                      visitor.test(
                          new Entry.Responded(
                              found,
                              transactions.penalty(handle, found.key()).orElse(new byte[0]))));
        });
  }

  /** Up to {@code limit} users, in the order of their ids, that come after {@code after}. */
  public List<PublicKey> users(Optional<PublicKey> after, int limit) {
    return database.read(handle -> users.ids(handle, after, limit));
  }

  /**
   * A user, and how much the tower holds for them.
   *
   * @param appointments watched and answered
   */
  public record Holder(UserRecord user, long appointments) {}

  /** Those of {@code ids} that are registered, in the order of their ids. */
  public List<Holder> holders(List<PublicKey> ids) {
    return database.read(
        handle -> {
          Map<PublicKey, Long> counts = appointments.countsOf(handle, ids);
          return users.load(handle, ids).stream()
              .map(user -> new Holder(user, counts.getOrDefault(user.id(), 0L)))
              .toList();
        });
  }

  /** Up to {@code limit} of a user's locators, in their order, that come after {@code after}. */
  public List<Locator> locatorsOf(PublicKey user, Optional<Locator> after, int limit) {
    return database.read(handle -> appointments.locatorsOf(handle, user, after, limit));
  }

  /** What became of the dispute of an appointment, oldest first; empty if none has been seen. */
  public List<TrackerEvent> history(AppointmentKey key) {
    return database.read(handle -> events.events(handle, key));
  }
}
