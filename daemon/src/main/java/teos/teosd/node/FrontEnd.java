package teos.teosd.node;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BlockId;
import teos.bitcoin.NodeStatus;
import teos.common.KeyFile;
import teos.common.Version;
import teos.config.Config;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.TeosDaemon;
import teos.teosd.api.InternalApi;
import teos.teosd.cluster.SharedDatabasePoller;
import teos.teosd.cluster.SharedTowerId;
import teos.teosd.http.PublicApi;
import teos.teosd.lnd.LndServer;
import teos.teosd.process.BackgroundProcess;
import teos.teosd.process.DataFolder;
import teos.teosd.process.Event;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.PrivateFiles;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;
import teos.teosd.process.SystemdNotifier;
import teos.teosd.rpc.RpcServer;
import teos.teosd.web.ChainState;
import teos.teosd.web.Metrics;
import teos.teosd.web.OperatorDashboard;
import teos.tower.appointments.AppointmentService;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.database.Lease;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.inventory.Inventory;
import teos.tower.sessions.SessionService;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/**
 * {@code teosd api}: takes registrations and appointments, and answers what users ask, for a tower
 * whose chain another process watches; there may be any number of these on one PostgreSQL database.
 * It has no bitcoind, and goes by the height that who watches has come to.
 */
public final class FrontEnd {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  /** For so long nobody may watch before that is a reason to date no subscription. */
  private static final Duration VACANCY = Duration.ofSeconds(10);

  private final Config config;
  private final PublicKey id;
  private final Logger logger;
  private final SystemdNotifier systemd = SystemdNotifier.fromEnvironment();
  private final Event stop = new Event();
  private final PublicEndpoints endpoints;
  private final DiskSpace disk;
  private final Database database;
  private final AppointmentsDBM appointments;
  private final Gatekeeper gatekeeper;
  private final SecretKey key;
  private final SessionService sessions;
  private final InternalApi internalApi;
  private volatile NodeStatus.State state = new NodeStatus.State.Healthy();
  private volatile @Nullable StorageException fault;
  private volatile boolean keyReplaced;
  private volatile boolean started;
  private long lastHeld = System.nanoTime();

  private FrontEnd(Config config, SecretKey key, Logger logger) throws StartupException {
    this.config = config;
    this.key = key;
    this.id = key.publicKey();
    this.logger = logger;
    logger.info("tower_id = {}", id);
    endpoints = PublicEndpoints.of(config);
    disk = TeosDaemon.diskSpace(config);
    database = TeosDaemon.openDatabase(config, disk, step -> {});
    try {
      SharedTowerId.require(database, id, false);
      appointments = new AppointmentsDBM(database);
      TrackersDBM trackers = new TrackersDBM();
      UsersDBM users = new UsersDBM();
      gatekeeper =
          new Gatekeeper(
              database,
              users,
              appointments,
              trackers,
              new Capacity(database, config.limits().maxAppointments(), disk::level),
              TeosDaemon.terms(config),
              0);
      sessions = SessionService.frontEnd(database, users, appointments, gatekeeper);
      internalApi =
          new InternalApi(
              AppointmentService.frontEnd(database, appointments, trackers, gatekeeper),
              gatekeeper,
              new Inventory(database, users, appointments, trackers),
              sessions,
              TeosDaemon.admission(config, database, users, gatekeeper.capacity()),
              () -> state,
              key,
              stop::set);
    } catch (StorageException e) {
      closeAll();
      throw TeosDaemon.asStartup(e);
    } catch (StartupException | RuntimeException e) {
      closeAll();
      throw e;
    }
    database.onFault(this::storageFailed);
  }

  /**
   * Runs one until it is stopped.
   *
   * @return how it ended
   * @throws StartupException if it cannot start
   */
  public static ExitCode main(Config config) throws StartupException, InterruptedException {
    try (DataFolder folder = DataFolder.open(config.dataDir())) {
      Logging.setUp(config);
      PrivateFiles.narrow(config);
      Logger logger = LoggerFactory.getLogger(FrontEnd.class);
      config.warnings().forEach(logger::warn);
      logger.info("data folder {}", folder.path());
      return new FrontEnd(config, key(config), logger).run();
    }
  }

  /** None is made: it has to be the tower's. */
  private static SecretKey key(Config config) throws StartupException {
    KeyFile file = new KeyFile(config.files().secretKey(), TeosDaemon.KEY_NAME);
    if (!file.exists()) {
      throw new StartupException(
          ExitCode.KEY,
          "there is no "
              + config.files().secretKey()
              + ": a front end needs a copy of the tower's key, which teosd has made");
    }
    try {
      return file.load();
    } catch (IOException e) {
      throw new StartupException(ExitCode.KEY, String.valueOf(e.getMessage()), e);
    }
  }

  private ExitCode run() throws StartupException, InterruptedException {
    Signals.handle(this::handleSignals, this::endAtOnce);
    Metrics metrics = null;
    OperatorDashboard site = null;
    SharedDatabasePoller neighbours = null;
    RpcServer rpc = null;
    PublicApi api = null;
    LndServer lnd = null;
    try {
      if (config.web().endpoint().isPresent()) {
        metrics = new Metrics(new State(), Version.current());
        database.onCommit(metrics::commit);
        site = TeosDaemon.startSite(new State(), metrics, config);
      }
      awaitHeight();
      neighbours = SharedDatabasePoller.follow(database, appointments, this::look, BETWEEN_LOOKS);
      if (!stop.isSet()) {
        rpc = startRpc();
        lnd = TeosDaemon.startLndServer(config, key, internalApi, endpoints);
        api = TeosDaemon.startPublicApi(internalApi, config, endpoints, metrics);
        TeosDaemon.keepUp(endpoints, config, key.publicKey(), api, lnd);
        started = true;
        logger.info("front end ready at height {}", gatekeeper.height());
        systemd.ready("taking appointments");
        BackgroundProcess.ready("taking appointments");
      }
      stop.await();
    } finally {
      systemd.stopping();
      if (lnd != null) {
        lnd.close();
      }
      endpoints.close();
      if (api != null) {
        api.close();
      }
      if (rpc != null) {
        rpc.close();
      }
      if (neighbours != null) {
        neighbours.close();
      }
      if (site != null) {
        site.close();
      }
      gatekeeper.directory().write();
      closeAll();
      logger.info("database closed, front end stopped");
    }
    StorageException last = fault;
    if (last != null) {
      return ExitCode.of(last);
    }
    return keyReplaced ? ExitCode.KEY : ExitCode.OK;
  }

  /** What the operator may see. */
  private final class State extends SharedTowerStatus {
    State() {
      super(config, internalApi, endpoints, database);
    }

    @Override
    public NodeStatus.State node() {
      return state;
    }

    @Override
    public Optional<String> fault() {
      return Optional.ofNullable(fault).map(first -> "stopping: " + first.getMessage());
    }

    @Override
    public Optional<String> starting() {
      return started ? Optional.empty() : Optional.of("waiting for a teosd that watches the chain");
    }

    @Override
    public Optional<ChainState> chain() {
      return Optional.empty();
    }
  }

  /** Of a new tower there is none, until a teosd has begun to watch. */
  private void awaitHeight() throws InterruptedException {
    boolean told = false;
    while (gatekeeper.height() == 0 && !stop.isSet()) {
      try {
        look();
      } catch (StorageException e) {
        logger.warn("waiting for the database: {}", e.getMessage());
      }
      if (gatekeeper.height() == 0) {
        if (!told) {
          logger.info("waiting for a teosd that watches the chain");
        }
        told = true;
        Thread.sleep(BETWEEN_LOOKS);
      }
    }
  }

  private void look() {
    gatekeeper.directory().writeNowAndThen();
    SharedTowerId.other(database, id).ifPresent(this::keyReplaced);
    Optional<BlockId> last = database.read(appointments::lastKnownBlock);
    last.ifPresent(block -> gatekeeper.follow(block.height()));
    Lease.Seen lease = database.read(Lease::seen);
    if (lease.held()) {
      lastHeld = System.nanoTime();
      state = lease.trouble().map(FrontEnd::state).orElseGet(NodeStatus.State.Healthy::new);
    } else if (System.nanoTime() - lastHeld > VACANCY.toNanos()) {
      if (state instanceof NodeStatus.State.Healthy) {
        logger.error(
            "nobody watches the chain since {} ended: start a teosd. Appointments are taken all"
                + " the same",
            lease.holder());
      }
      state = new NodeStatus.State.Unavailable("nobody watches the chain");
    }
  }

  /** Receipts by the key of before are worth nothing to users who know the tower by the other. */
  private void keyReplaced(PublicKey other) {
    if (!keyReplaced) {
      logger.error(
          "STOPPING: the tower's key has been replaced, it is {} now: put a copy of the new"
              + " teos_sk.der into the data folder, and start this front end again",
          other);
    }
    keyReplaced = true;
    stop.set();
  }

  private static NodeStatus.State state(Lease.Trouble trouble) {
    return trouble.unfit()
        ? new NodeStatus.State.Unusable(trouble.why())
        : new NodeStatus.State.Unavailable(trouble.why());
  }

  private void closeAll() {
    database.close();
    disk.close();
  }

  private RpcServer startRpc() throws StartupException {
    HostPort endpoint = config.internalApi().endpoint();
    try {
      return RpcServer.startPublic(
          internalApi, config.internalApi(), config.limits().minToSelfDelay());
    } catch (IOException | RuntimeException e) {
      throw TeosDaemon.cannotListen(endpoint, "internal_api_host, internal_api_port", e);
    }
  }

  private void handleSignals(String signal) {
    logger.info("signal {} received, stopping", signal);
    stop.set();
  }

  private void endAtOnce(String signal) {
    logger.warn("second signal ({}): ending at once", signal);
    Runtime.getRuntime().halt(ExitCode.KILLED.code());
  }

  private void storageFailed(StorageException first) {
    fault = first;
    logger.error("STOPPING: {}", first.getMessage());
    stop.set();
  }
}
