package teos.tower.appointments;

import java.util.OptionalInt;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/** Fixtures for tests of appointment services. */
final class TestParts {

  private static final int HEIGHT = 120;

  private TestParts() {}

  /** Returns a gatekeeper with subscriptions of 100 slots for 1,000 blocks. */
  static Gatekeeper gatekeeper(
      Database database, AppointmentsDBM appointments, TrackersDBM trackers) {
    return new Gatekeeper(
        database,
        new UsersDBM(),
        appointments,
        trackers,
        new Capacity(database, 1_000_000),
        new SubscriptionTerms(100, 1_000, 6),
        HEIGHT);
  }

  /** Returns a tracker of a dispute that is being answered. */
  static Tracker tracker(Locator locator, PublicKey user) {
    return new Tracker(
        locator,
        user,
        1,
        Txid.ofInternal(new byte[32]),
        OptionalInt.empty(),
        Penalty.plain(Txid.ofInternal(new byte[32])),
        new Pending(HEIGHT));
  }
}
