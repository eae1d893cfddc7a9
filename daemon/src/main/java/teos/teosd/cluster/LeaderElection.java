package teos.teosd.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.NodeStatus;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;
import teos.tower.database.Database;
import teos.tower.database.Lease;
import teos.tower.database.StorageException;

/**
 * Elects, among the towers on one PostgreSQL database, the one that watches the chain: the holder
 * of the database's lease. The others stand by, and one of them takes over when the lease is no
 * longer renewed.
 *
 * <p>With an SQLite file there is no election: only one process uses a data folder.
 */
public final class LeaderElection implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);
  private static final Duration RETRY_INTERVAL = Duration.ofMillis(250);
  private static final Duration RENEWAL_INTERVAL = Duration.ofSeconds(1);

  private final Optional<Lease> lease;
  private final Optional<PeriodicTask> renewal;

  private LeaderElection(Optional<Lease> lease, Supplier<NodeStatus.State> node) {
    this.lease = lease;
    this.renewal = lease.map(held -> Renewal.start(held, node));
  }

  /**
   * Blocks until this process is the leader.
   *
   * @param folder the data folder, in which no other process runs: its name identifies the holder,
   *     so a process that is restarted after a crash gets its own lease back at once
   * @param node returns the state of bitcoind, which each renewal publishes to the other processes
   * @param standingBy called with the holder of the lease if this process has to wait, and again
   *     whenever another process becomes the leader
   * @throws StorageException if the database has a fault; while it is only unavailable, this waits
   */
  public static LeaderElection awaitLeadership(
      Database database, Path folder, Supplier<NodeStatus.State> node, Consumer<String> standingBy)
      throws InterruptedException {
    Optional<Lease> lease = database.lease();
    try {
      if (lease.isPresent()) {
        await(database, lease.get(), host() + ":" + folder, standingBy);
      }
      return new LeaderElection(lease, node);
    } catch (InterruptedException | RuntimeException e) {
      lease.ifPresent(Lease::close);
      throw e;
    }
  }

  private static void await(
      Database database, Lease lease, String holder, Consumer<String> standingBy)
      throws InterruptedException {
    String leader = "";
    while (!tryTake(lease, holder)) {
      String current = currentHolder(database);
      if (!current.equals(leader)) {
        standingBy.accept(current);
        log.atInfo().addKeyValue("leader", current).log("standing by");
        leader = current;
      }
      Thread.sleep(RETRY_INTERVAL);
    }
    if (!leader.isEmpty()) {
      log.atInfo().addKeyValue("previous", leader).log("taking over as leader");
    }
  }

  private static boolean tryTake(Lease lease, String holder) {
    try {
      return lease.take(holder);
    } catch (StorageException e) {
      if (e.isFatal()) {
        throw e;
      }
      log.debug("cannot take the lease", e);
      return false;
    }
  }

  private static String currentHolder(Database database) {
    try {
      return database.read(Lease::read).holder();
    } catch (StorageException e) {
      return "an unknown process (" + e.getMessage() + ")";
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Renews the lease. Its fields are confined to the task's thread. */
  private static final class Renewal implements Runnable {

    private final Lease lease;
    private final Supplier<NodeStatus.State> node;
    private boolean failing;
    private boolean lost;

    private Renewal(Lease lease, Supplier<NodeStatus.State> node) {
      this.lease = lease;
      this.node = node;
    }

    static PeriodicTask start(Lease lease, Supplier<NodeStatus.State> node) {
      return PeriodicTask.start(
          "lease",
          Schedule.every(RENEWAL_INTERVAL),
          new Renewal(lease, node),
          e -> log.error("cannot renew the lease; retrying", e));
    }

    @Override
    public void run() {
      if (lost) {
        return;
      }
      try {
        lease.renew(problem(node.get()));
        failing = false;
      } catch (StorageException e) {
        if (e.isFatal()) {
          lost = true; // the database has called its fault listener
        } else if (!failing) {
          log.atWarn()
              .addKeyValue("reason", e.getMessage())
              .log("cannot renew the lease; retrying");
        }
        failing = true;
      }
    }
  }

  private static Optional<Lease.NodeProblem> problem(NodeStatus.State state) {
    return switch (state) {
      case NodeStatus.State.Healthy healthy -> Optional.empty();
      case NodeStatus.State.Unavailable(String why) ->
          Optional.of(new Lease.NodeProblem(false, why));
      case NodeStatus.State.Unusable(String why) -> Optional.of(new Lease.NodeProblem(true, why));
    };
  }

  /**
   * Releases the lease, so that another tower takes over at once. Must be called after this
   * process's last write.
   */
  @Override
  public void close() {
    renewal.ifPresent(PeriodicTask::close);
    lease.ifPresent(LeaderElection::release);
  }

  private static void release(Lease held) {
    try (held) {
      held.release();
    } catch (StorageException e) {
      log.debug("cannot release the lease; it expires", e);
    }
  }
}
