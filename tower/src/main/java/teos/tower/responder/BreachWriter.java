package teos.tower.responder;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
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
import teos.tower.store.Tracker;
import teos.tower.store.TrackerKey;
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
  private final FeeEstimator estimator;

  BreachWriter(
      Database database,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      TrackerJournal journal,
      FeeEstimator estimator) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = journal;
    this.estimator = estimator;
  }

  /**
   * Returns the breaches in a fair order: one of each user, then the next of each, and so on. Those
   * with fewer penalties, which take less time to store, come first.
   */
  static List<Breach> roundRobin(Collection<Breach> breaches) {
    Map<PublicKey, Queue<Breach>> byUser = new LinkedHashMap<>();
    List<Breach> smallestFirst =
        breaches.stream().sorted(Comparator.comparingInt(each -> each.penalties().size())).toList();
    for (Breach breach : smallestFirst) {
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
   * Returns the index after the last of the {@code breaches} from {@code from} on that are stored
   * in one transaction.
   */
  static int endOfPage(List<Breach> breaches, int from) {
    int to = from;
    int penalties = 0;
    do {
      penalties += breaches.get(to++).penalties().size();
    } while (to < breaches.size()
        && penalties + breaches.get(to).penalties().size() <= TrackerPages.PAGE);
    return to;
  }

  /**
   * Stores {@code breaches} in one transaction. Skips those whose appointment was deleted or
   * already has a tracker.
   *
   * @param newer receives the current version of appointments that were replaced meanwhile
   * @return the first penalty to broadcast of each stored breach, in order; the others are due
   */
  List<TrackedPenalty> store(List<Breach> breaches, List<StoredAppointment> newer) {
    int height = gatekeeper.height();
    record Result(List<NewTracker> first, List<StoredAppointment> newer) {}
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
                  fresh.addAll(trackers(breach, height));
                } else {
                  replaced.add(stored);
                }
              }
              List<NewTracker> added = trackers.store(handle, fresh);
              List<NewTracker> first = firstOfEach(added);
              journal.recordFirstEvents(
                  handle,
                  first.stream()
                      .map(NewTracker::tracker)
                      .collect(
                          Collectors.toMap(
                              Function.identity(),
                              each -> TrackerJournal.where(each.disputeHeight()))));
              return new Result(first, replaced);
            });
    newer.addAll(result.newer);
    result.first.forEach(
        each ->
            journal.recordBreach(
                each.tracker(), TrackerJournal.where(each.tracker().disputeHeight())));
    return result.first.stream()
        .map(each -> TrackedPenalty.of(each.tracker(), each.penaltyTx()))
        .toList();
  }

  /** Returns the trackers of {@code breach}, with the penalties that are broadcast first chosen. */
  private List<NewTracker> trackers(Breach breach, int height) {
    List<NewTracker> all = breach.trackers(height);
    if (all.size() == 1) {
      return all;
    }
    Set<TrackerKey> chosen =
        LadderPlanner.choose(
                all.stream().map(NewTracker::tracker).toList(), estimator.current(), height)
            .stream()
            .map(Tracker::trackerKey)
            .collect(Collectors.toSet());
    return all.stream()
        .map(
            each ->
                chosen.contains(each.tracker().trackerKey())
                    ? new NewTracker(
                        each.tracker().chosen(height), each.disputeTx(), each.penaltyTx())
                    : each)
        .toList();
  }

  /** Returns of each appointment the first tracker with a penalty that is due. */
  private static List<NewTracker> firstOfEach(List<NewTracker> stored) {
    Map<AppointmentKey, NewTracker> first = new LinkedHashMap<>();
    for (NewTracker each : stored) {
      if (each.tracker().status() instanceof Pending) {
        first.putIfAbsent(each.tracker().key(), each);
      }
    }
    return List.copyOf(first.values());
  }
}
