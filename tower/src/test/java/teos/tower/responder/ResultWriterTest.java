package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.bitcoin.BlockId;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.responder.BroadcastResult.Accepted;
import teos.tower.responder.BroadcastResult.InChain;
import teos.tower.responder.BroadcastResult.Refused;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.NewTracker;
import teos.tower.store.OpenDatabase;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Standby;
import teos.tower.store.PenaltyStatus.Superseded;
import teos.tower.store.SharedOutputs;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/** Results of one batch that concern penalties of the same fee ladder. */
class ResultWriterTest {

  private static final int TIP = 1_000;
  private static final BlockId BLOCK = new BlockId("ab".repeat(32), TIP);
  private static final Refused REFUSED =
      new Refused("bad-txns-inputs-missingorspent", Optional.empty());

  private final PublicKey user = TestStore.newUser();
  private final TrackersDBM trackers = new TrackersDBM();
  @OpenDatabase private Database database;
  private ResultWriter results;

  @BeforeEach
  void open() {
    AppointmentsDBM appointments = new AppointmentsDBM(database);
    Gatekeeper gatekeeper =
        new Gatekeeper(
            database,
            new UsersDBM(),
            appointments,
            trackers,
            new Capacity(database, 1_000_000),
            new SubscriptionTerms(100, 1_000, 6),
            TIP);
    TrackerJournal journal = new TrackerJournal(gatekeeper, InstantSource.system());
    results =
        new ResultWriter(
            database,
            appointments,
            trackers,
            gatekeeper,
            journal,
            new ChainProgress(),
            MissingTransactions.disputes(database, trackers, gatekeeper, journal),
            MissingTransactions.parents(database, trackers, gatekeeper));
    database.execute(handle -> new KnownBlocksDBM().store(handle, List.of(BLOCK)));
  }

  /** Stores a ladder of two rungs. */
  private List<Tracker> ladder(PenaltyStatus cheap, PenaltyStatus costly) {
    List<Tracker> ladder = List.of(rung(0, cheap), rung(1, costly));
    database.write(
        handle ->
            trackers.store(
                handle,
                ladder.stream()
                    .map(each -> new NewTracker(each, TestStore.TRANSACTION, TestStore.TRANSACTION))
                    .toList()));
    return ladder;
  }

  private Tracker rung(int member, PenaltyStatus status) {
    Tracker plain = TestStore.tracker(1, user, member + 1, status);
    return new Tracker(
        plain.locator(),
        user,
        1 - member,
        Txid.ofInternal(new byte[32]),
        OptionalInt.of(TIP - 1),
        new Penalty(
            plain.penaltyTxid(),
            member,
            OptionalLong.of(1_000 + member),
            144,
            SharedOutputs.of(0),
            Optional.empty()),
        status);
  }

  private List<PenaltyStatus> statuses(Tracker one) {
    return database.<List<Tracker>>read(handle -> trackers.loadAll(handle, one.key())).stream()
        .map(Tracker::status)
        .toList();
  }

  /** The cheap rung was mined while the tower sent the costly one. */
  @Test
  void apply_rungAfterOneThatIsInTheChain_staysSuperseded() {
    List<Tracker> ladder = ladder(new InMempool(TIP - 1), new Pending(TIP));
    results.apply(
        List.of(
            new SentPenalty(ladder.getFirst(), new InChain(BLOCK)),
            new SentPenalty(ladder.getLast(), REFUSED)));
    assertThat(statuses(ladder.getFirst()))
        .containsExactly(new Confirmed(TIP), new Superseded(TIP));
  }

  @Test
  void apply_rungAfterOneThatWasAccepted_replacesIt() {
    List<Tracker> ladder = ladder(new Pending(TIP), new Pending(TIP));
    results.apply(
        List.of(
            new SentPenalty(ladder.getFirst(), new Accepted(false)),
            new SentPenalty(ladder.getLast(), new Accepted(false))));
    assertThat(statuses(ladder.getFirst())).containsExactly(new Standby(TIP), new InMempool(TIP));
  }
}
