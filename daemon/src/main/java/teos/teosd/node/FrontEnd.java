package teos.teosd.node;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BlockId;
import teos.bitcoin.NodeStatus;
import teos.config.Config;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.api.InternalApi;
import teos.teosd.cluster.SharedDatabasePoller;
import teos.teosd.cluster.SharedTowerId;
import teos.teosd.process.BackgroundProcess;
import teos.teosd.process.DataFolder;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.PrivateFiles;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;
import teos.teosd.process.SystemdNotifier;
import teos.teosd.rpc.RpcServer;
import teos.tower.appointments.AppointmentService;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.database.Lease;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.inventory.Inventory;
import teos.tower.responder.FeeEstimates;
import teos.tower.responder.Forecaster;
import teos.tower.sessions.SessionService;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/**
 * Front end ({@code teosd api}): serves users' requests for a tower whose chain another process
 * watches. Any number of front ends can share a PostgreSQL database. A front end has no bitcoind
 * and uses the block height that the leader has reached.
 */
public final class FrontEnd {

  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

  /** Time without a leader after which the front end accepts no registrations. */
  private static final Duration LEADER_TIMEOUT = Duration.ofSeconds(10);

  private final PublicKey id;
  private final Logger logger;
  private final SystemdNotifier systemd = SystemdNotifier.fromEnvironment();
  private final RunState run = new RunState();
  private final CloseStack started = new CloseStack();
  private final Database database;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final Services services;
  private final FrontEndStatus status;
  private volatile NodeStatus.State state = new NodeStatus.State.Healthy();
  private volatile boolean keyReplaced;
  private long lastHeld = System.nanoTime();

  private FrontEnd(Config config, SecretKey key, Logger logger) throws StartupException {
    this.id = key.publicKey();
    this.logger = logger;
    logger.atInfo().addKeyValue("tower_id", id).log("tower key loaded");
    PublicEndpoints endpoints = started.add("public endpoints", PublicEndpoints.of(config));
    try {
      DiskSpace disk = started.add("disk", Wiring.diskSpace(config));
      database = started.add("database", Wiring.openDatabase(config, step -> {}));
      SharedTowerId.require(database, id, false);
      appointments = new AppointmentsDBM(database);
      TrackersDBM trackers = new TrackersDBM();
      UsersDBM users = new UsersDBM();
      gatekeeper = Wiring.gatekeeper(config, database, disk, users, appointments, trackers, 0);
      InternalApi internalApi =
          new InternalApi(
              AppointmentService.frontEnd(database, appointments, trackers, gatekeeper),
              gatekeeper,
              new Inventory(
                  database,
                  users,
                  appointments,
                  trackers,
                  new Forecaster(() -> FeeEstimates.NONE, gatekeeper::height)),
              SessionService.frontEnd(database, users, appointments, gatekeeper),
              Wiring.admission(config, database, users, gatekeeper.capacity()),
              () -> state,
              key,
              run.stopRequested()::set);
      services = new Services(config, key, internalApi, endpoints, started);
      status = new FrontEndStatus(config, internalApi, endpoints, database, () -> state, run);
    } catch (StorageException e) {
      started.close();
      throw Wiring.asStartup(e);
    } catch (StartupException | RuntimeException e) {
      started.close();
      throw e;
    }
    database.onFault(this::storageFailed);
  }

  /**
   * Runs a front end until it is stopped.
   *
   * @return its exit code
   * @throws StartupException if it cannot start
   */
  public static ExitCode main(Config config) throws StartupException, InterruptedException {
    try (DataFolder folder = DataFolder.open(config.dataDir())) {
      Logging.setUp(config);
      PrivateFiles.restrict(config);
      Logger logger = LoggerFactory.getLogger(FrontEnd.class);
      config.warnings().forEach(logger::warn);
      logger.atInfo().addKeyValue("path", folder.path()).log("data folder");
      return new FrontEnd(config, TowerKeys.loadCopy(config), logger).run();
    }
  }

  private ExitCode run() throws StartupException, InterruptedException {
    Signals.handle(this::handleSignals, signal -> RunState.exitImmediately(logger, signal));
    try {
      services.startDashboard(status, metrics -> database.onCommit(metrics::commit));
      started.onClose("user directory", () -> gatekeeper.directory().writePending());
      awaitHeight();
      started.add(
          "poller", SharedDatabasePoller.follow(database, appointments, this::poll, POLL_INTERVAL));
      if (!run.stopRequested().isSet()) {
        services.startServers(RpcServer::startPublic);
        run.ready();
        logger.atInfo().addKeyValue("height", gatekeeper.height()).log("front end ready");
        systemd.ready("accepting appointments");
        BackgroundProcess.ready("accepting appointments");
      }
      run.stopRequested().await();
    } finally {
      systemd.stopping();
      started.close();
      logger.info("database closed, front end stopped");
    }
    ExitCode code = run.exitCode(logger);
    return code == ExitCode.OK && keyReplaced ? ExitCode.KEY : code;
  }

  /** Blocks until a block height is known. A new tower has none until a teosd watches the chain. */
  private void awaitHeight() throws InterruptedException {
    boolean reported = false;
    while (gatekeeper.height() == 0 && !run.stopRequested().isSet()) {
      try {
        poll();
      } catch (StorageException e) {
        logger.atWarn().addKeyValue("reason", e.getMessage()).log("waiting for the database");
      }
      if (gatekeeper.height() == 0) {
        if (!reported) {
          logger.info("waiting for a teosd that watches the chain");
        }
        reported = true;
        Thread.sleep(POLL_INTERVAL);
      }
    }
  }

  private void poll() {
    gatekeeper.directory().startWritingIfDue();
    SharedTowerId.other(database, id).ifPresent(this::keyReplaced);
    Optional<BlockId> last = database.read(new KnownBlocksDBM()::last);
    last.ifPresent(block -> gatekeeper.setHeight(block.height()));
    Lease.LeaseState lease = database.read(Lease::read);
    if (lease.held()) {
      lastHeld = System.nanoTime();
      state = lease.nodeProblem().map(FrontEnd::state).orElseGet(NodeStatus.State.Healthy::new);
    } else if (System.nanoTime() - lastHeld > LEADER_TIMEOUT.toNanos()) {
      if (state instanceof NodeStatus.State.Healthy) {
        logger
            .atError()
            .addKeyValue("last_leader", lease.holder())
            .log("no teosd watches the chain; start one. Appointments are still accepted");
      }
      state = new NodeStatus.State.Unavailable("no teosd watches the chain");
    }
  }

  /** Stops the front end: users verify receipts with the new key, which it does not have. */
  private void keyReplaced(PublicKey other) {
    if (!keyReplaced) {
      logger
          .atError()
          .addKeyValue("tower_id", other)
          .log(
              "STOPPING: the tower's key has been replaced; put a copy of the new teos_sk.der into"
                  + " the data folder, and start this front end again");
    }
    keyReplaced = true;
    run.stopRequested().set();
  }

  private static NodeStatus.State state(Lease.NodeProblem problem) {
    return problem.unusable()
        ? new NodeStatus.State.Unusable(problem.reason())
        : new NodeStatus.State.Unavailable(problem.reason());
  }

  private void handleSignals(String signal) {
    logger.atInfo().addKeyValue("signal", signal).log("signal received, stopping");
    run.stopRequested().set();
  }

  private void storageFailed(StorageException first) {
    run.storageFailed(first, logger, "STOPPING: the front end cannot store anything");
    run.stopRequested().set();
  }
}
