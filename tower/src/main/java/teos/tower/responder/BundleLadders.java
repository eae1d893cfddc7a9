package teos.tower.responder;

import java.util.List;
import java.util.Optional;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.RetryTriggers.YieldPoint;
import teos.tower.store.AppointmentKey;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerGroup;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/**
 * Makes the penalties due that {@link LadderPlanner} chooses among alternatives. Used by the
 * rebroadcaster's thread only.
 */
final class BundleLadders {

  /** Appointments planned at a time; each has up to 1,000 penalties. */
  private static final int PAGE_SIZE = 20;

  private final Database database;
  private final TrackersDBM trackers;
  private final ResultWriter results;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final Gatekeeper gatekeeper;
  private final FeeEstimator estimator;

  BundleLadders(
      Database database,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      FeeEstimator estimator,
      ResultWriter results) {
    this.database = database;
    this.trackers = trackers;
    this.results = results;
    this.gatekeeper = gatekeeper;
    this.estimator = estimator;
  }

  /** Plans all appointments that have penalties to choose among. */
  void planAll(YieldPoint yieldPoint) throws InterruptedException {
    Optional<AppointmentKey> after = Optional.empty();
    List<AppointmentKey> page;
    do {
      if (!yieldPoint.mayContinue()) {
        return;
      }
      Optional<AppointmentKey> from = after;
      page = database.read(handle -> search.choosing(handle, from, PAGE_SIZE));
      plan(page);
      after = page.isEmpty() ? after : Optional.of(page.getLast());
    } while (page.size() == PAGE_SIZE);
  }

  /** Plans the appointments of those of {@code sent} that bitcoind has not accepted. */
  void planRejected(List<SentPenalty> sent) {
    List<AppointmentKey> keys =
        sent.stream()
            .filter(each -> each.tracker().penalty().hasAlternatives() && isRejected(each.result()))
            .map(each -> each.tracker().key())
            .distinct()
            .toList();
    for (int from = 0; from < keys.size(); from += PAGE_SIZE) {
      plan(keys.subList(from, Math.min(keys.size(), from + PAGE_SIZE)));
    }
  }

  private static boolean isRejected(BroadcastResult result) {
    return switch (result) {
      case BroadcastResult.Refused refused -> true;
      case BroadcastResult.InputsMissing missing -> true;
      case BroadcastResult.Invalid invalid -> true;
      case BroadcastResult.ParentMissing missing -> false;
      case BroadcastResult.Accepted accepted -> false;
      case BroadcastResult.InChain chain -> false;
      case BroadcastResult.Undecided undecided -> false;
      case BroadcastResult.NodeUnavailable unavailable -> false;
    };
  }

  private void plan(List<AppointmentKey> keys) {
    if (keys.isEmpty()) {
      return;
    }
    FeeEstimates estimates = estimator.current();
    int height = gatekeeper.height();
    List<Tracker> chosen =
        TrackerGroup.byAppointment(database.read(handle -> trackers.loadAll(handle, keys))).stream()
            .flatMap(group -> LadderPlanner.choose(group, estimates, height).stream())
            .toList();
    results.choose(chosen, height);
  }
}
