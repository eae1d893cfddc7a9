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
import teos.tower.database.Database;
import teos.tower.database.Lease;
import teos.tower.database.Lease.Trouble;
import teos.tower.database.StorageException;

/**
 * Which of the towers on one PostgreSQL database watches the chain: whoever has its lease. The
 * others stand by, and one of them takes over when it is not renewed any more.
 *
 * <p>With SQLite's file there is nothing to be elected: the data folder is one process's.
 */
public final class LeaderElection implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(250);
  private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(1);

  private final Optional<Lease> lease;
  private final Thread renewal;

  private LeaderElection(Optional<Lease> lease, Supplier<NodeStatus.State> node) {
    this.lease = lease;
    this.renewal =
        Thread.ofVirtual().name("lease").start(() -> lease.ifPresent(held -> keep(held, node)));
  }

  /**
   * Waits until this process may watch.
   *
   * @param folder the data folder, in which no other process runs: by its name the lease of one
   *     that was killed there is taken up at once
   * @param node what is so of bitcoind, which others are told with each renewal
   * @param standingBy told who watches, if it has to wait, and whenever another one does
   */
  public static LeaderElection win(
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
    String told = "";
    while (!takes(lease, holder)) {
      String other = holderNow(database);
      if (!other.equals(told)) {
        standingBy.accept(other);
        log.info("standing by: {} watches", other);
        told = other;
      }
      Thread.sleep(BETWEEN_TRIES);
    }
    if (!told.isEmpty()) {
      log.info("taking over from {}", told);
    }
  }

  private static boolean takes(Lease lease, String holder) {
    try {
      return lease.take(holder);
    } catch (StorageException e) {
      log.debug("the lease cannot be taken", e);
      return false;
    }
  }

  private static String holderNow(Database database) {
    try {
      return database.read(Lease::seen).holder();
    } catch (StorageException e) {
      return "nobody knows who (" + e.getMessage() + ")";
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private static void keep(Lease lease, Supplier<NodeStatus.State> node) {
    boolean well = true;
    try {
      while (true) {
        Thread.sleep(BETWEEN_RENEWALS);
        try {
          lease.renew(trouble(node.get()));
          well = true;
        } catch (StorageException e) {
          if (e.isFatal()) {
            return; // the database's listener has been told
          }
          if (well) {
            log.warn("the lease cannot be renewed, trying again: {}", e.getMessage());
          }
          well = false;
        } catch (RuntimeException e) {
          log.error("the lease cannot be renewed, trying again", e);
        }
      }
    } catch (InterruptedException e) {
      log.debug("the lease is not renewed any more");
    }
  }

  private static Optional<Trouble> trouble(NodeStatus.State state) {
    return switch (state) {
      case NodeStatus.State.Healthy fine -> Optional.empty();
      case NodeStatus.State.Unavailable(String why) -> Optional.of(new Trouble(false, why));
      case NodeStatus.State.Unusable(String why) -> Optional.of(new Trouble(true, why));
    };
  }

  /** Lets another tower take over at once. To be closed when nothing more is to be written. */
  @Override
  public void close() {
    renewal.interrupt();
    try {
      renewal.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lease.ifPresent(LeaderElection::giveUp);
  }

  private static void giveUp(Lease held) {
    try (held) {
      held.release();
    } catch (StorageException e) {
      log.debug("the lease runs out by itself", e);
    }
  }
}
