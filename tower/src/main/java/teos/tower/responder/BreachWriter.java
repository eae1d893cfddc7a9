package teos.tower.responder;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.AppointmentKey;
import teos.tower.store.NewTracker;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.StoredAppointment;
import teos.tower.store.TrackersDBM;
import teos.tower.store.WatchedAppointmentsDBM;

/** Stores breaches as trackers before their penalties are broadcast. */
final class BreachWriter {

  private static final Logger log = LoggerFactory.getLogger(BreachWriter.class);

  private final Database database;
  private final WatchedAppointmentsDBM watched = new WatchedAppointmentsDBM();
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;

  BreachWriter(
      Database database, TrackersDBM trackers, Gatekeeper gatekeeper, TrackerJournal journal) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = journal;
  }

  /** Returns the breaches in a fair order: one of each user, then the next of each, and so on. */
  static List<Breach> roundRobin(Collection<Breach> breaches) {
    Map<PublicKey, Queue<Breach>> byUser = new LinkedHashMap<>();
    for (Breach breach : breaches) {
      byUser.computeIfAbsent(breach.appointment().user(), user -> new ArrayDeque<>()).add(breach);
    }
    List<Breach> ordered = new ArrayList<>(breaches.size());
    while (!byUser.isEmpty()) {
      byUser.values().forEach(left -> ordered.add(left.remove()));
      byUser.values().removeIf(Collection::isEmpty);
    }
    return ordered;
  }

  /**
   * Stores {@code breaches} in one transaction. Skips those whose appointment was deleted or
   * already has a tracker.
   *
   * @param newer receives the current version of appointments that were replaced meanwhile
   * @return the penalties of the stored breaches, in order
   */
  List<TrackedPenalty> store(List<Breach> breaches, List<StoredAppointment> newer) {
    int height = gatekeeper.height();
    record Result(List<NewTracker> fresh, List<StoredAppointment> newer) {}
    Result result =
        database.write(
            handle -> {
              gatekeeper.lock(
                  handle, breaches.stream().map(breach -> breach.appointment().user()).toList());
              Map<AppointmentKey, StoredAppointment> current =
                  watched
                      .loadWatched(
                          handle, breaches.stream().map(each -> each.appointment().key()).toList())
                      .stream()
                      .collect(Collectors.toMap(StoredAppointment::key, Function.identity()));
              List<NewTracker> fresh = new ArrayList<>();
              List<StoredAppointment> replaced = new ArrayList<>();
              for (Breach breach : breaches) {
                StoredAppointment stored = current.get(breach.appointment().key());
                if (stored == null) {
                  log.atDebug()
                      .addKeyValue("uuid", breach.appointment().uuid())
                      .log("breach skipped: appointment deleted or already answered");
                } else if (stored.equals(breach.appointment())) {
                  fresh.add(breach.tracker(new Pending(height)));
                } else {
                  replaced.add(stored);
                }
              }
              List<NewTracker> added = trackers.store(handle, fresh);
              journal.recordFirstEvents(
                  handle,
                  added.stream()
                      .map(NewTracker::tracker)
                      .collect(
                          Collectors.toMap(
                              Function.identity(),
                              each -> TrackerJournal.where(each.disputeHeight()))));
              return new Result(added, replaced);
            });
    newer.addAll(result.newer);
    result.fresh.forEach(
        each ->
            journal.recordBreach(
                each.tracker(), TrackerJournal.where(each.tracker().disputeHeight())));
    return result.fresh.stream()
        .map(each -> TrackedPenalty.of(each.tracker(), each.penaltyTx()))
        .toList();
  }
}
