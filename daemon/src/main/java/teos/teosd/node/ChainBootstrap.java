package teos.teosd.node;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.ChainMonitor;
import teos.bitcoin.MempoolMonitor;
import teos.config.Config;
import teos.teosd.cluster.SharedDatabasePoller;
import teos.teosd.process.StartupException;
import teos.tower.database.StorageException;
import teos.tower.store.AppointmentsDBM;

/**
 * Starts everything that follows the chain: loads the stored locators, starts the watcher and the
 * responder, processes all blocks that were missed while the tower was offline, and then starts the
 * chain monitor and the mempool monitor.
 *
 * <p>The last processed blocks are read again to fill the locator cache. If an appointment was
 * stored just before a crash and its dispute is in one of these blocks, the tower responds now.
 */
public final class ChainBootstrap {

  private static final Duration OUTBOX_POLL_INTERVAL = Duration.ofMillis(200);

  private final Config config;
  private final TowerComponents tower;
  private final ChainMonitor chain;
  private final StartupProgress progress;
  private final RunState run;
  private final CloseStack started;

  /**
   * @param started receives everything that is started, to be closed at shutdown
   */
  public ChainBootstrap(
      Config config,
      TowerComponents tower,
      StartupProgress progress,
      RunState run,
      CloseStack started) {
    this.config = config;
    this.tower = tower;
    this.chain = tower.chainMonitor();
    this.progress = progress;
    this.run = run;
    this.started = started;
  }

  /**
   * Blocks until the tower has processed all blocks, or stops.
   *
   * @throws StartupException if bitcoind or the database fails meanwhile
   */
  public void run(Logger logger) throws StartupException, InterruptedException {
    AppointmentsDBM appointments = tower.dbManager();
    progress.step("reading the locators of all appointments");
    appointments.loadLocators();
    progress.step("reading the last blocks again");
    logStart(logger);
    try {
      tower.responder().forgetBlocksOver(chain.tip());
      fillLocatorCache();
      startPipeline();
      progress.catchingUp(chain);
      chain.catchUp();
      progress.step("processing the last blocks");
    } catch (BitcoindException e) {
      throw tower.bitcoindCheck().asStartup(e);
    }
    tower.pipeline().awaitQueues();
    Optional<StorageException> fault = run.storageFault();
    if (fault.isPresent()) {
      throw Wiring.asStartup(fault.get());
    }
    logger.atInfo().addKeyValue("block", chain.tip()).log("up to date");
    started.add(
        "poller",
        SharedDatabasePoller.follow(
            tower.database(), appointments, tower.watcher()::drainForwarded, OUTBOX_POLL_INTERVAL));
    chain.start();
    tower.mempoolMonitor().ifPresent(MempoolMonitor::start);
  }

  private void logStart(Logger logger) {
    if (tower.fresh()) {
      logger.atInfo().addKeyValue("block", chain.tip()).log("fresh bootstrap");
      return;
    }
    logger
        .atInfo()
        .addKeyValue(
            "appointments",
            tower.dbManager().isCounted() ? tower.storedAppointments() : "(being counted)")
        .addKeyValue("trackers", tower.storedTrackers())
        .addKeyValue("block", chain.tip())
        .log("bootstrapping from stored data");
  }

  private void fillLocatorCache() throws BitcoindException {
    int last = chain.lastCommonAncestor().height();
    int first = Math.max(0, last - config.limits().locatorCacheSize() + 1);
    for (BlockId block : tower.blockProcessor().blocks(first, last)) {
      tower.watcher().blockConnected(tower.blockProcessor().fetch(block), true);
    }
  }

  /**
   * Starts both threads of the pipeline, and registers the shutdown of everything that feeds them.
   */
  private void startPipeline() {
    started.onClose("user directory", () -> tower.gatekeeper().directory().writePending());
    started.onClose("responder", tower.responder()::stop);
    started.onClose("pipeline", tower.pipeline()::finish);
    tower.pipeline().start(() -> tower.mempoolMonitor().ifPresent(MempoolMonitor::wake));
    tower.responder().start();
    started.onClose("monitors", this::stopMonitors);
  }

  private void stopMonitors() throws InterruptedException {
    tower.pipeline().stopRetrying();
    chain.terminate();
    if (tower.mempoolMonitor().isPresent()) {
      tower.mempoolMonitor().get().terminate();
    }
  }
}
