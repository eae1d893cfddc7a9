package teos.teosd.node;

import java.util.function.Supplier;
import teos.bitcoin.NodeStatus;
import teos.config.Config;
import teos.teosd.cluster.LeaderElection;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.database.StorageException;

/**
 * The database of a tower that watches the chain, the disk space kept free for it, and the lease
 * that makes this process the only one that watches.
 *
 * @param stoodBy whether another tower held the lease when this one started
 */
record TowerStorage(DiskSpace disk, Database database, LeaderElection election, boolean stoodBy)
    implements AutoCloseable {

  /**
   * Opens the database, and blocks while another tower holds the lease.
   *
   * @param node state of bitcoind, published with the lease
   * @param standingBy runs once if this tower must wait
   * @throws StartupException if the database cannot be opened or has a fault, or if the wait is
   *     interrupted
   */
  static TowerStorage open(
      Config config, Supplier<NodeStatus.State> node, StartupProgress progress, Runnable standingBy)
      throws StartupException {
    progress.step("opening the database");
    CloseStack opened = new CloseStack();
    try {
      DiskSpace disk = opened.add("disk", Wiring.diskSpace(config));
      Database database = opened.add("database", Wiring.openDatabase(config, progress::step));
      database.reserve(disk);
      boolean[] stoodBy = {false};
      LeaderElection election =
          LeaderElection.awaitLeadership(
              database,
              config.dataDir(),
              node,
              leader -> {
                progress.step("standing by: " + leader + " watches");
                if (!stoodBy[0]) {
                  stoodBy[0] = true;
                  standingBy.run();
                }
              });
      return new TowerStorage(disk, database, election, stoodBy[0]);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      opened.close();
      throw new StartupException(ExitCode.ERROR, "interrupted while standing by", e);
    } catch (StorageException e) {
      opened.close();
      throw Wiring.asStartup(e);
    } catch (StartupException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /**
   * Releases the lease only after the database is closed, so that the next holder is the only
   * writer.
   */
  @Override
  public void close() {
    try {
      database.close();
    } finally {
      election.close();
      disk.close();
    }
  }
}
