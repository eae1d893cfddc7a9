package teos.tower.appointments;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import teos.protocol.Appointment;
import teos.protocol.PublicKey;
import teos.tower.appointments.AppointmentRejectedException.Reason;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.SharedWrite;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.watcher.BreachFinder;
import teos.tower.watcher.BreachFinder.Dispute;

/**
 * Takes appointments into the database, or says why not: those that come at the same time together,
 * with one look at their users, and one at what is stored.
 */
final class AppointmentWriter implements SharedWrite<StoredAppointment, AppointmentWriter.Outcome> {

  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final long maxAppointments;
  private final Announcement announcement;

  /** Notes what is stored, within the transaction that stores it, for who has to hear of it. */
  interface Announcement {
    void add(Handle handle, Collection<AppointmentKey> stored);
  }

  /**
   * @param maxAppointments the most appointments that are taken, of all users
   */
  AppointmentWriter(
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      long maxAppointments,
      Announcement announcement) {
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.maxAppointments = maxAppointments;
    this.announcement = announcement;
  }

  sealed interface Outcome {}

  /**
   * @param slots that the user has left
   * @param expiry height at which the subscription ends
   */
  record Accepted(long slots, long expiry) implements Outcome {}

  record Rejected(Reason reason, String message) implements Outcome {}

  @Override
  public List<Outcome> perform(Handle handle, List<StoredAppointment> items) {
    List<Outcome> outcomes = new ArrayList<>(items.size());
    for (int from = 0, to; from < items.size(); from = to) {
      Set<AppointmentKey> keys = new LinkedHashSet<>();
      for (to = from; to < items.size() && keys.add(items.get(to).key()); ) {
        to++; // a second one with the same key replaces the first, which has to be stored by then
      }
      List<StoredAppointment> batch = items.subList(from, to);
      outcomes.addAll(new Batch(handle, batch).take());
    }
    return outcomes;
  }

  /** Appointments with keys of their own, and what the database has of them and their users. */
  private final class Batch {
    private final Handle handle;
    private final List<StoredAppointment> batch;
    private final Map<PublicKey, UserRecord> users;
    private final Map<AppointmentKey, Tracker> tracked;
    private final Map<AppointmentKey, Integer> lengths;
    private final Map<PublicKey, UserRecord> changed = new HashMap<>();
    private final List<StoredAppointment> fresh = new ArrayList<>();
    private final List<StoredAppointment> newer = new ArrayList<>();

    Batch(Handle handle, List<StoredAppointment> batch) {
      this.handle = handle;
      this.batch = batch;
      Set<AppointmentKey> keys =
          batch.stream().map(StoredAppointment::key).collect(Collectors.toSet());
      this.users = gatekeeper.users(handle, keys.stream().map(AppointmentKey::user).toList());
      Collection<AppointmentKey> perhaps = appointments.perhapsStored(keys);
      this.tracked =
          trackers.load(handle, perhaps).stream()
              .collect(Collectors.toMap(Tracker::key, Function.identity()));
      this.lengths = appointments.blobLengths(handle, perhaps);
    }

    List<Outcome> take() {
      List<Outcome> outcomes = batch.stream().map(this::take).toList();
      gatekeeper.storeSlots(handle, changed.values());
      appointments.replaceAppointments(handle, newer);
      appointments.insertAppointments(handle, fresh);
      announcement.add(
          handle, Stream.concat(fresh.stream(), newer.stream()).map(StoredAppointment::key).toList());
      return outcomes;
    }

    private Outcome take(StoredAppointment stored) {
      UserRecord user = users.get(stored.user());
      if (user == null) {
        return new Rejected(Reason.NOT_REGISTERED, "the signer is not registered");
      }
      if (gatekeeper.hasExpired(user)) {
        return new Rejected(
            Reason.SUBSCRIPTION_EXPIRED,
            "Your subscription expired at block " + user.subscriptionExpiry());
      }
      Tracker tracker = tracked.get(stored.key());
      if (tracker != null && tracker.isAnswering()) {
        return new Rejected(
            Reason.ALREADY_TRIGGERED, "The dispute of this appointment has been answered already");
      }
      Integer before = lengths.get(stored.key());
      if (before == null && appointments.areAtLeast(maxAppointments - fresh.size())) {
        return new Rejected(Reason.TOWER_FULL, "This tower takes no more appointments");
      }
      long slots = stored.appointment().slots() - (before == null ? 0 : Appointment.slots(before));
      Optional<UserRecord> left = gatekeeper.withoutSlots(user, slots);
      if (left.isEmpty()) {
        return new Rejected(
            Reason.NOT_ENOUGH_SLOTS,
            "it takes " + slots + " slots, and " + user.availableSlots() + " are left");
      }
      charge(left.get(), slots);
      (before == null ? fresh : newer).add(stored);
      renew(tracker, stored);
      return new Accepted(left.get().availableSlots(), user.subscriptionExpiry());
    }

    private void charge(UserRecord user, long slots) {
      if (slots != 0) {
        users.put(user.id(), user);
        changed.put(user.id(), user);
      }
    }

    /** The dispute may come back at any moment: its tracker has to have the new penalty by then. */
    private void renew(@Nullable Tracker gone, StoredAppointment stored) {
      if (gone == null || !(gone.status() instanceof PenaltyStatus.DisputeGone)) {
        return;
      }
      Dispute dispute = new Dispute(gone.disputeTxid(), gone.disputeTx(), gone.disputeHeight());
      BreachFinder.open(stored, dispute)
          .ifPresentOrElse(
              breach ->
                  trackers.renewPenalty(
                      handle,
                      gone.key(),
                      breach.penaltyTx(),
                      breach.penaltyTxid(),
                      stored.appointment().slots()),
              () -> trackers.delete(handle, gone));
    }
  }
}
