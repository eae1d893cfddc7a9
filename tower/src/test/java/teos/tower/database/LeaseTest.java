package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static teos.tower.database.TestUsers.insert;
import static teos.tower.database.TestUsers.load;
import static teos.tower.database.TestUsers.user;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.testkit.FaultyLink;
import teos.testkit.PostgresServer;
import teos.testkit.junit.TestPostgres;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** Lease and fence of several processes on one PostgreSQL database. */
@Tag("postgres")
class LeaseTest {

  @TestPostgres private static PostgresServer server;

  private static PostgresAddress address(String name) throws Exception {
    return new PostgresAddress(server.url(name), "", "");
  }

  @Test
  void take_expiredLease_goesToAnotherProcess() throws Exception {
    try (Database one = Database.open(address("lease"));
        Database other = Database.open(address("lease"));
        Lease first = one.lease().orElseThrow();
        Lease second = other.lease().orElseThrow()) {
      assertThat(one.read(Lease::read).held()).isFalse();
      assertThat(first.take("one")).isTrue();
      assertThat(second.take("other")).isFalse();
      assertThat(other.read(Lease::read))
          .isEqualTo(new Lease.LeaseState("one", true, Optional.empty()));
      Lease.NodeProblem problem = new Lease.NodeProblem(true, "bitcoind is on another chain");
      first.renew(Optional.of(problem));
      assertThat(other.read(Lease::read).nodeProblem()).contains(problem);

      expireLease("lease");
      first.renew(Optional.empty()); // no other process has taken it
      assertThat(second.take("other")).isFalse();
      first.release();
      assertThat(second.take("other")).isTrue();
      assertThat(first.take("one")).isFalse();
      // A process that was killed has not released it and is restarted in the same folder.
      assertThat(second.take("other")).isTrue();
    }
  }

  @Test
  void write_afterTheLeaseIsLost_isRejected() throws Exception {
    UserRecord early = user(1);
    UserRecord late = user(2);
    UserRecord free = user(3);
    List<StorageException> faults = new ArrayList<>();
    try (Database one = Database.open(address("fence"));
        Database other = Database.open(address("fence"));
        Database frontEnd = Database.open(address("fence"));
        Lease first = one.lease().orElseThrow();
        Lease second = other.lease().orElseThrow()) {
      one.onFault(faults::add);
      first.take("one");
      assertThat(insert(one, early)).isTrue();
      expireLease("fence");
      second.take("other");
      StorageException rejected =
          catchThrowableOfType(StorageException.class, () -> insert(one, late));
      assertThat(rejected.fault()).contains(StorageFault.LEASE_LOST);
      assertThat(faults).singleElement().extracting(StorageException::isFatal).isEqualTo(true);
      assertThat(load(other, early)).contains(early);
      assertThat(load(other, late)).isEmpty();
      assertThat(insert(other, late)).isTrue();
      assertThat(insert(frontEnd, free)).isTrue();
      assertThatThrownBy(() -> first.renew(Optional.empty())).isInstanceOf(StorageException.class);
    }
  }

  /** Another process cannot take the lease between a write's last check and its commit. */
  @Test
  void take_waitsForAWriteOfTheHolderThatIsUnderWay() throws Exception {
    UserRecord user = user(1);
    CountDownLatch taking = new CountDownLatch(1);
    try (Database one = Database.open(address("underway"));
        Database other = Database.open(address("underway"));
        Lease first = one.lease().orElseThrow();
        Lease second = other.lease().orElseThrow();
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      first.take("one");
      expireLease("underway");
      Future<Boolean> written =
          executor.submit(
              () ->
                  one.write(
                      handle -> {
                        Lease.epoch(handle); // as the fence does
                        taking.countDown();
                        boolean stored = new UsersDBM().insert(handle, user);
                        handle.execute("SELECT pg_sleep(0.5)");
                        return stored;
                      }));
      taking.await();
      assertThat(second.take("other")).isTrue();
      assertThat(load(other, user)).contains(user);
      assertThat(written.get()).isTrue();
    }
  }

  @Test
  void open_migrationWhileAnotherTowerWatches_isRejected() throws Exception {
    PostgresAddress address = address("watched");
    try (Database database = Database.open(address);
        Lease lease = database.lease().orElseThrow()) {
      assertThat(lease.take("first:/data")).isTrue();
      Database.open(address).close(); // up to date: nothing is changed
      server.query(
          "watched",
          "DELETE FROM flyway_schema_history WHERE installed_rank ="
              + " (SELECT MAX(installed_rank) FROM flyway_schema_history)");
      assertThatThrownBy(() -> Database.open(address))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("first:/data is watching with them: stop it");
    }
  }

  /** The link drops all packets, like a firewall that has forgotten the connection. */
  @Test
  void renew_connectionBlackholed_anotherTakesOverAndTheHolderWritesNothing() throws Exception {
    String url = server.url("cut");
    URI behind = URI.create(url.substring("jdbc:".length()));
    try (FaultyLink link = FaultyLink.to(behind.getPort());
        Database first = Database.open(throughLink(url, behind, link));
        Lease lease = first.lease().orElseThrow();
        Database second = Database.open(address("cut"));
        Lease next = second.lease().orElseThrow()) {
      assertThat(lease.take("first")).isTrue();
      assertThat(next.take("second")).isFalse();
      link.setKeepingConnections(new FaultyLink.Fault.BlackHole());
      StorageException unavailable =
          catchThrowableOfType(StorageException.class, () -> lease.renew(Optional.empty()));
      assertThat(unavailable.isFatal()).isFalse();
      while (!next.take("second")) {
        Thread.sleep(100); // loops until the test's timeout if the lease does not expire
      }
      link.set(new FaultyLink.Fault.None());
      StorageException lost =
          catchThrowableOfType(
              StorageException.class,
              () -> {
                while (true) {
                  renewOrWait(lease);
                }
              });
      assertThat(lost.fault()).contains(StorageFault.LEASE_LOST);
      assertThatThrownBy(() -> insert(first, user(1)))
          .isInstanceOfSatisfying(
              StorageException.class, e -> assertThat(e.fault()).contains(StorageFault.LEASE_LOST));
      assertThat(insert(second, user(2))).isTrue();
    }
  }

  private static void expireLease(String name) throws Exception {
    server.query(name, "UPDATE lease SET expires = CURRENT_TIMESTAMP - INTERVAL '1 second'");
  }

  private static PostgresAddress throughLink(String url, URI behind, FaultyLink link) {
    String changed = url.replace(":" + behind.getPort() + "/", ":" + link.port() + "/");
    return new PostgresAddress(changed, "", "");
  }

  private static void renewOrWait(Lease lease) throws InterruptedException {
    try {
      lease.renew(Optional.empty());
      throw new AssertionError("renewed, although another process has the lease");
    } catch (StorageException e) {
      if (e.isFatal()) {
        throw e;
      }
      Thread.sleep(100); // the old connection is still found to be dead
    }
  }
}
