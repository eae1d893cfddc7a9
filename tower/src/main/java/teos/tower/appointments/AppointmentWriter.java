package teos.tower.appointments;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.tower.appointments.AppointmentRejectedException.Reason;
import teos.tower.database.BatchedWrite;
import teos.tower.database.DistinctBatches;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BreachDecryptor;
import teos.tower.responder.Dispute;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentVersions;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.AppointmentsDBM.Version;
import teos.tower.store.Outbox;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.RawTransaction;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.VersionsDBM;

/**
 * Batched write of appointments into the database. Appointments that arrive at the same time are
 * stored together, with one query for their users and one for the stored appointments.
 *
 * <p>Anyone may replay a recorded {@code add_appointment}. So an appointment that is already
 * stored, or has been replaced since, changes nothing and gets its receipt again; of deleted
 * appointments, only the newest version can be added again.
 */
final class AppointmentWriter
    implements BatchedWrite<StoredAppointment, AppointmentWriter.Outcome> {

  private final AppointmentsDBM appointments;
  private final VersionsDBM earlierVersions = new VersionsDBM();
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final Gatekeeper gatekeeper;
  private final Outbox outbox;

  AppointmentWriter(
      AppointmentsDBM appointments, TrackersDBM trackers, Gatekeeper gatekeeper, Outbox outbox) {
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.outbox = outbox;
  }

  /** Result of a write. */
  sealed interface Outcome {}

  /**
   * The appointment is stored.
   *
   * @param version the stored or replaced version that the receipt is for
   * @param isNew whether this request stored it; false for a repeated request
   * @param slots slots that the user has left
   * @param expiry height at which the subscription ends
   * @param dialect dialect of the user's client
   */
  record Accepted(
      StoredAppointment version, boolean isNew, long slots, long expiry, Dialect dialect)
      implements Outcome {}

  /** The appointment is not stored. */
  record Rejected(Reason reason, String message) implements Outcome {}

  /** Returns the start block of the stored or earlier version with this signature, if any. */
  private static OptionalLong startBlockOfKnown(
      String signature, @Nullable Version stored, AppointmentVersions earlier) {
    return stored != null && AppointmentVersions.same(stored.userSignature(), signature)
        ? OptionalLong.of(stored.startBlock())
        : earlier.startBlock(signature);
  }

  /**
   * Fixes the user's dialect with the first signed request. If the key was registered in both
   * dialects, perhaps once by a stranger, the signed delay shows which client this is.
   */
  private static UserRecord withFixedDialect(UserRecord user, Appointment appointment) {
    return switch (user.usage()) {
      case USED -> user;
      case UNUSED -> user.used(user.dialect());
      case CONTESTED ->
          user.used(Dialect.ofToSelfDelay(appointment.toSelfDelay()).orElse(user.dialect()));
    };
  }

  @Override
  public List<Outcome> perform(Handle handle, List<StoredAppointment> items) {
    return DistinctBatches.perform(
        items, StoredAppointment::key, batch -> new Batch(handle, batch).write());
  }

  /** Appointments with distinct keys, and the database's state of them and their users. */
  private final class Batch {
    private final Handle handle;
    private final List<StoredAppointment> batch;
    private final Map<PublicKey, UserRecord> users;
    private final Set<AppointmentKey> answering;
    private final Map<AppointmentKey, List<Tracker>> tracked;
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
      Collection<AppointmentKey> candidates = appointments.possiblyStored(keys);
      // An appointment may have any number of trackers: they are loaded only if they are needed.
      this.answering = search.answering(handle, candidates);
      this.tracked =
          trackers
              .loadAll(handle, candidates.stream().filter(key -> !answering.contains(key)).toList())
              .stream()
              .collect(Collectors.groupingBy(Tracker::key));
      this.versions = appointments.versions(handle, candidates);
      this.earlier = earlierVersions.load(handle, candidates);
    }

    List<Outcome> write() {
      List<Outcome> outcomes = batch.stream().map(this::accept).toList();
      gatekeeper.update(handle, changed.values());
      appointments.replaceAppointments(handle, newer);
      appointments.insertAppointments(handle, fresh);
      outbox.add(
          handle,
          Stream.concat(fresh.stream(), newer.stream()).map(StoredAppointment::key).toList());
      return outcomes;
    }

    private Outcome accept(StoredAppointment stored) {
      UserRecord user = users.get(stored.user());
      if (user == null) {
        return new Rejected(Reason.NOT_REGISTERED, "the signer is not registered");
      }
      if (gatekeeper.hasExpired(user)) {
        return new Rejected(
            Reason.SUBSCRIPTION_EXPIRED,
            "Your subscription expired at block " + user.subscriptionExpiry());
      }
      List<Tracker> trackersBefore = tracked.getOrDefault(stored.key(), List.of());
      if (answering.contains(stored.key())
          || trackersBefore.stream().anyMatch(Tracker::isAnswering)) {
        return new Rejected(
            Reason.ALREADY_TRIGGERED, "The dispute of this appointment has been answered already");
      }
      Version before = versions.get(stored.key());
      AppointmentVersions earlier =
          this.earlier.getOrDefault(stored.key(), AppointmentVersions.NONE);
      OptionalLong known = startBlockOfKnown(stored.userSignature(), before, earlier);
      if (known.isPresent() && before != null) {
        recordUse(user, stored);
        return accepted(stored.startingAt(known.getAsLong()), false);
      }
      if (known.isPresent() && !earlier.isNewest(stored.userSignature())) {
        return new Rejected(
            Reason.SUPERSEDED,
            "A newer version of this appointment was deleted; change it to add it again");
      }
      long slots = stored.appointment().slots();
      slots -= before == null ? 0 : Appointment.slots(before.blobLength());
      Optional<UserRecord> left = user.withoutSlots(slots);
      if (left.isEmpty()) {
        return new Rejected(
            Reason.NOT_ENOUGH_SLOTS,
            "it takes " + slots + " slots, and " + user.availableSlots() + " are left");
      }
      recordUse(left.get(), stored);
      // After the start block of a deleted version, so that a recorded deletion cannot be replayed
      // against this one. A newer version never starts earlier, not even after a reorg.
      StoredAppointment version =
          stored.startingAt(
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
      renewPenalties(trackersBefore, version);
      return accepted(version, true);
    }

    private void recordUse(UserRecord user, StoredAppointment stored) {
      UserRecord after = withFixedDialect(user, stored.appointment());
      if (!after.equals(users.put(user.id(), after))) {
        changed.put(user.id(), after);
      }
    }

    private Accepted accepted(StoredAppointment version, boolean isNew) {
      UserRecord user = Objects.requireNonNull(users.get(version.user()));
      return new Accepted(
          version, isNew, user.availableSlots(), user.subscriptionExpiry(), user.dialect());
    }

    /**
     * Replaces the penalties of a missing dispute or parent, before that can appear: they are
     * broadcast when it does.
     */
    private void renewPenalties(List<Tracker> before, StoredAppointment stored) {
      if (before.isEmpty()
          || before.stream().anyMatch(each -> each.status() instanceof PenaltyStatus.Complete)) {
        return;
      }
      Tracker first = before.getFirst();
      transactions
          .dispute(handle, first.disputeTxid())
          .map(
              raw ->
                  new Dispute(new RawTransaction(raw, first.disputeTxid()), first.disputeHeight()))
          .flatMap(dispute -> BreachDecryptor.decrypt(stored, dispute))
          .ifPresentOrElse(
              breach -> trackers.replacePenalties(handle, before, breach.replacing(before)),
              () -> trackers.deleteAppointments(handle, before));
    }
  }
}
