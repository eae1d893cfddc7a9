package teos.tower.appointments;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.tower.appointments.AppointmentRejectedException.Reason;
import teos.tower.database.BatchedWrite;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BreachDecryptor;
import teos.tower.responder.Dispute;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentVersions;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.AppointmentsDBM.Version;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.VersionsDBM;

/**
 * Takes appointments into the database, or says why not: those that come at the same time together,
 * with one look at their users, and one at what is stored.
 *
 * <p>An add_appointment that was recorded may be sent again by anybody. So one that is stored
 * already, or has been replaced since, gets its receipt and changes nothing; of deleted ones, only
 * the newest version can come back.
 */
final class AppointmentWriter
    implements BatchedWrite<StoredAppointment, AppointmentWriter.Outcome> {

  private final AppointmentsDBM appointments;
  private final VersionsDBM earlierVersions = new VersionsDBM();
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final Announcement announcement;

  /** Notes what is stored, within the transaction that stores it, for who has to hear of it. */
  interface Announcement {
    void add(Handle handle, Collection<AppointmentKey> stored);
  }

  AppointmentWriter(
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Announcement announcement) {
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.announcement = announcement;
  }

  sealed interface Outcome {}

  /**
   * @param version what is stored, or was before
   * @param isNew whether it has been stored now: what was sent before is not stored again
   * @param slots that the user has left
   * @param expiry height at which the subscription ends
   * @param dialect that the user speaks
   */
  record Accepted(
      StoredAppointment version, boolean isNew, long slots, long expiry, Dialect dialect)
      implements Outcome {}

  record Rejected(Reason reason, String message) implements Outcome {}

  /** Returns the start block of the stored or earlier version that {@code signature} is of. */
  private static OptionalLong startOfKnown(
      String signature, @Nullable Version stored, AppointmentVersions earlier) {
    return stored != null && AppointmentVersions.same(stored.userSignature(), signature)
        ? OptionalLong.of(stored.startBlock())
        : earlier.startBlock(signature);
  }

  /**
   * Settles the dialect of a user with the first signed request. Where the key was registered in
   * both dialects, one of the two by a stranger perhaps, the signed delay shows which client this
   * is.
   */
  private static UserRecord used(UserRecord user, Appointment appointment) {
    return switch (user.usage()) {
      case USED -> user;
      case UNUSED -> user.used(user.dialect());
      case CONTESTED ->
          user.used(Dialect.ofToSelfDelay(appointment.toSelfDelay()).orElse(user.dialect()));
    };
  }

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
    private final Map<AppointmentKey, Version> versions;
    private final Map<AppointmentKey, AppointmentVersions> earlier;
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
      this.versions = appointments.versions(handle, perhaps);
      this.earlier = earlierVersions.load(handle, perhaps);
    }

    List<Outcome> take() {
      List<Outcome> outcomes = batch.stream().map(this::take).toList();
      gatekeeper.update(handle, changed.values());
      appointments.replaceAppointments(handle, newer);
      appointments.insertAppointments(handle, fresh);
      announcement.add(
          handle,
          Stream.concat(fresh.stream(), newer.stream()).map(StoredAppointment::key).toList());
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
      Version before = versions.get(stored.key());
      AppointmentVersions earlier =
          this.earlier.getOrDefault(stored.key(), AppointmentVersions.NONE);
      OptionalLong known = startOfKnown(stored.userSignature(), before, earlier);
      if (known.isPresent() && before != null) {
        settle(user, stored);
        return accepted(stored.from(known.getAsLong()), false);
      }
      if (known.isPresent() && !earlier.isNewest(stored.userSignature())) {
        return new Rejected(
            Reason.SUPERSEDED,
            "A newer version of this appointment was deleted; change it to add it again");
      }
      long slots = stored.appointment().slots();
      slots -= before == null ? 0 : Appointment.slots(before.blobLength());
      Optional<UserRecord> left = gatekeeper.withoutSlots(user, slots);
      if (left.isEmpty()) {
        return new Rejected(
            Reason.NOT_ENOUGH_SLOTS,
            "it takes " + slots + " slots, and " + user.availableSlots() + " are left");
      }
      settle(left.get(), stored);
      // Later than what was deleted, so that a recorded deletion is of that and not of this.
      // Nor does a newer version begin earlier, in the same block or after a reorg.
      StoredAppointment version =
          stored.from(
              Math.max(
                  stored.startBlock(),
                  before == null ? earlier.newestStartBlock() + 1 : before.startBlock()));
      if (before == null) {
        fresh.add(version);
      } else {
        earlierVersions.add(
            handle, stored.key(), earlier, before.userSignature(), before.startBlock());
        newer.add(version);
      }
      renew(tracker, version);
      return accepted(version, true);
    }

    private void settle(UserRecord user, StoredAppointment stored) {
      UserRecord after = used(user, stored.appointment());
      if (!after.equals(users.put(user.id(), after))) {
        changed.put(user.id(), after);
      }
    }

    private Accepted accepted(StoredAppointment version, boolean isNew) {
      UserRecord user = Objects.requireNonNull(users.get(version.user()));
      return new Accepted(
          version, isNew, user.availableSlots(), user.subscriptionExpiry(), user.dialect());
    }

    /** The dispute may come back at any moment: its tracker has to have the new penalty by then. */
    private void renew(@Nullable Tracker gone, StoredAppointment stored) {
      if (gone == null || !(gone.status() instanceof PenaltyStatus.DisputeMissing)) {
        return;
      }
      transactions
          .dispute(handle, gone.disputeTxid())
          .map(raw -> new Dispute(gone.disputeTxid(), raw, gone.disputeHeight()))
          .flatMap(dispute -> BreachDecryptor.open(stored, dispute))
          .ifPresentOrElse(
              breach ->
                  trackers.renewPenalty(
                      handle,
                      gone,
                      breach.penaltyTx(),
                      breach.penaltyTxid(),
                      stored.appointment().slots()),
              () -> trackers.delete(handle, gone));
    }
  }
}
