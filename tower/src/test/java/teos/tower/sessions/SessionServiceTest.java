package teos.tower.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.sessions.UpdateResult.Reason;
import teos.tower.sessions.UpdateResult.Refused;
import teos.tower.sessions.UpdateResult.Stored;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.OpenDatabase;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

class SessionServiceTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final JusticePolicy POLICY = JusticePolicy.altruist(new BlobType(0b10), 2_500);
  private static final int BLOB = 24 + 274 + 16;
  private static final int HEIGHT = 1_000;
  private static final int SLOTS = 1_000;
  private static final int UPDATES = 10;
  private static final int MAX_SESSIONS = 100;

  @OpenDatabase private Database database;
  private Gatekeeper gatekeeper;
  private SessionService service;

  @BeforeEach
  void open() {
    AppointmentsDBM appointments = new AppointmentsDBM(database);
    UsersDBM users = new UsersDBM();
    gatekeeper =
        new Gatekeeper(
            database,
            users,
            appointments,
            new TrackersDBM(),
            new Capacity(database, SLOTS),
            new SubscriptionTerms(100, 1_000, 6),
            HEIGHT);
    service = SessionService.watching(database, users, appointments, gatekeeper, stored -> {});
  }

  private PublicKey opened(long maxSessions) {
    PublicKey id = SecretKey.generate(RANDOM).publicKey();
    assertThat(service.open(id, POLICY, new byte[0], UPDATES, maxSessions))
        .isEqualTo(new OpenResult.Opened());
    return id;
  }

  private OpenResult open(long maxSessions) {
    PublicKey id = SecretKey.generate(RANDOM).publicKey();
    return service.open(id, POLICY, new byte[0], UPDATES, maxSessions);
  }

  private UpdateResult send(PublicKey session, int sequence, int lastApplied) {
    byte[] hint = new byte[Locator.LENGTH];
    RANDOM.nextBytes(hint);
    return service.apply(
        new StateUpdate(session, sequence, lastApplied, new Locator(hint), new byte[BLOB]));
  }

  private long reserved() {
    return gatekeeper.capacity().usage().reserved();
  }

  @Test
  void apply_towerHasLostUpdates_resumesAtTheClientsNumber() {
    PublicKey session = opened(MAX_SESSIONS);
    assertThat(send(session, 1, 0)).satisfies(stored(1, 0));
    assertThat(send(session, 2, 1)).satisfies(stored(2, 0));

    // Updates 3 to 5 were acknowledged by the tower before it was restored.
    assertThat(send(session, 7, 5)).isEqualTo(new Refused(Reason.OUT_OF_ORDER, 2));
    assertThat(send(session, 5, 5)).isEqualTo(new Refused(Reason.ALREADY_APPLIED, 2));
    assertThat(send(session, 6, 5)).satisfies(stored(6, 3));

    assertThat(send(session, 6, 5)).satisfies(stored(6, 0)); // its reply was lost
    assertThat(send(session, 7, 6)).satisfies(stored(7, 0));
    assertThat(send(session, 8, 4)).isEqualTo(new Refused(Reason.CLIENT_BEHIND, 7));
    assertThat(send(session, 11, 10)).isEqualTo(new Refused(Reason.SESSION_FULL, 7));
    assertThat(service.page(Optional.empty(), 2).getFirst().lastApplied()).isEqualTo(7);
  }

  @Test
  void apply_sessionFull_isRefused() {
    PublicKey session = opened(MAX_SESSIONS);
    for (int i = 0; i < UPDATES; i++) {
      assertThat(send(session, 1, 0)).satisfies(stored(1, 0)); // with a new hint each time
    }
    assertThat(send(session, 1, 0)).isEqualTo(new Refused(Reason.SESSION_FULL, 1));
    assertThat(service.appointments()).isEqualTo(UPDATES);
  }

  @Test
  void open_reservesCapacityUntilTheSessionIsDeleted() {
    PublicKey session = opened(MAX_SESSIONS);
    assertThat(service.open(session, POLICY, new byte[0], 5, MAX_SESSIONS))
        .isEqualTo(new OpenResult.Opened());
    assertThat(reserved()).isEqualTo(5);
    send(session, 1, 0);
    assertThat(service.open(session, POLICY, new byte[0], 5, MAX_SESSIONS))
        .isEqualTo(new OpenResult.InUse(1));

    assertThat(service.delete(session)).isTrue();
    assertThat(reserved()).isZero();
  }

  @Test
  void unusedSessionsLoseCapacityToNewOnesAndGetItBack() {
    List<PublicKey> first = new ArrayList<>();
    while (gatekeeper.capacity().hasRoomForSession(UPDATES)) {
      first.add(opened(MAX_SESSIONS));
    }
    send(first.getFirst(), 1, 0);
    assertThat(open(MAX_SESSIONS)).isInstanceOf(OpenResult.Unavailable.class);

    gatekeeper.blockConnected(HEIGHT + SessionService.LAPSE_BLOCKS);
    long before = reserved();
    service.open(SecretKey.generate(RANDOM).publicKey(), POLICY, new byte[0], 21, MAX_SESSIONS);
    assertThat(reserved()).isEqualTo(before); // too large even for an empty tower
    opened(MAX_SESSIONS);

    assertThat(reserved()).isEqualTo(2L * UPDATES); // the one with an update, and the new one
    assertThat(send(first.getFirst(), 2, 1)).satisfies(stored(2, 0));
    assertThat(send(first.getLast(), 1, 0)).satisfies(stored(1, 0));
    assertThat(reserved()).isEqualTo(3L * UPDATES);
    assertThat(service.delete(first.get(1))).isTrue();
    assertThat(reserved()).isEqualTo(3L * UPDATES); // it had lost its capacity
  }

  @Test
  void lapsedSession_getsCapacityTooSmallForANewSession() {
    PublicKey lapsed = opened(MAX_SESSIONS);
    gatekeeper.blockConnected(HEIGHT + SessionService.LAPSE_BLOCKS);
    while (gatekeeper.capacity().hasRoomForSession(UPDATES)) {
      send(opened(MAX_SESSIONS), 1, 0);
    }
    send(opened(MAX_SESSIONS), 1, 0); // with the unused session's capacity

    assertThat(open(MAX_SESSIONS)).isInstanceOf(OpenResult.Unavailable.class);
    assertThat(send(lapsed, 1, 0)).satisfies(stored(1, 0));
  }

  @Test
  void lapsedSession_isRefusedWithoutCapacity() {
    PublicKey lapsed = opened(MAX_SESSIONS);
    gatekeeper.blockConnected(HEIGHT + SessionService.LAPSE_BLOCKS);
    while (gatekeeper.capacity().hasRoomForSession(UPDATES)) {
      send(opened(MAX_SESSIONS), 1, 0);
    }
    PublicKey last = opened(MAX_SESSIONS); // with the unused session's capacity
    send(last, 1, 0);
    while (gatekeeper.capacity().usage().free() >= UPDATES) {
      gatekeeper.addOrUpdateUser(SecretKey.generate(RANDOM).publicKey(), Dialect.V2);
    }

    assertThat(send(lapsed, 1, 0)).isEqualTo(new Refused(Reason.UNAVAILABLE, 0));
    service.delete(last);
    assertThat(send(lapsed, 1, 0)).satisfies(stored(1, 0));
  }

  @Test
  void unusedSessions_areDeletedForNewOnesAfterADay() {
    PublicKey used = opened(2);
    send(used, 1, 0);
    PublicKey unused = opened(2);
    assertThat(open(2)).isInstanceOf(OpenResult.Unavailable.class);

    gatekeeper.blockConnected(HEIGHT + SessionService.DELETE_BLOCKS);
    opened(2);

    assertThat(reserved()).isEqualTo(2L * UPDATES);
    assertThat(send(unused, 1, 0)).isEqualTo(new Refused(Reason.NO_SESSION, 0));
    assertThat(send(used, 2, 1)).satisfies(stored(2, 0));
  }

  private static Consumer<UpdateResult> stored(int sequence, int missing) {
    return result -> {
      assertThat(result).isInstanceOf(Stored.class);
      Stored stored = (Stored) result;
      assertThat(stored.sequence()).isEqualTo(sequence);
      assertThat(stored.missing()).isEqualTo(missing);
    };
  }
}
