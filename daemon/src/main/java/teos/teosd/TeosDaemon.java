package teos.teosd;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ChainMonitor;
import teos.bitcoin.MempoolMonitor;
import teos.config.Config;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.protocol.SecretKey;
import teos.teosd.http.PublicApi;
import teos.teosd.node.ChainBootstrap;
import teos.teosd.node.CloseStack;
import teos.teosd.node.PublicEndpoints;
import teos.teosd.node.RunState;
import teos.teosd.node.Services;
import teos.teosd.node.StartupProgress;
import teos.teosd.node.TowerComponents;
import teos.teosd.node.WatchingTowerStatus;
import teos.teosd.node.Wiring;
import teos.teosd.process.BackgroundProcess;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;
import teos.teosd.process.StopLatch;
import teos.teosd.process.SystemdNotifier;
import teos.teosd.rpc.OperatorRpc;
import teos.teosd.rpc.RpcServer;
import teos.tower.database.StorageException;
import teos.tower.store.AppointmentsDBM;
import teos.tower.watcher.Watcher;

/**
 * Tower that watches the chain: starts its components and services, and stops them. The members
 * have the same names as in python-teos; {@link TowerComponents} holds the components.
 *
 * <p>The processes of python-teos are threads here, in one JVM: the public API and the operator's
 * RPC call the tower directly.
 */
public final class TeosDaemon {

  private final Config config;
  private final Logger logger;
  private final IntConsumer exit;
  private final SystemdNotifier systemd = SystemdNotifier.fromEnvironment();
  private final RunState run = new RunState();
  private final StopLatch stopEvent = new StopLatch();
  private final StartupProgress progress = new StartupProgress();
  private final CloseStack started = new CloseStack();
  private final OperatorRpc operatorRpc;
  private final TowerComponents tower;
  private final Services services;
  private final WatchingTowerStatus status;
  private @Nullable PublicApi publicApi;

  /**
   * Creates the components, and starts only the operator's RPC, which reports the progress of the
   * start. Blocks while another tower watches the chain on the same PostgreSQL database.
   *
   * @param sk the tower's key
   * @throws StartupException if bitcoind cannot be reached, is on another network or does not meet
   *     the tower's requirements, if the database cannot be opened, if a certificate cannot be
   *     used, or if the operator's RPC cannot listen
   */
  public TeosDaemon(Config config, SecretKey sk, Logger logger) throws StartupException {
    this(config, sk, logger, Wiring.bitcoind(config), System::exit);
  }

  /**
   * @param rpc the bitcoind that {@code config} names
   * @param exit called with the exit code at the very end
   */
  TeosDaemon(Config config, SecretKey sk, Logger logger, BitcoindRpc rpc, IntConsumer exit)
      throws StartupException {
    this.config = config;
    this.logger = logger;
    this.exit = exit;
    logger.atInfo().addKeyValue("tower_id", sk.publicKey()).log("tower key loaded");
    CloseStack assembled = new CloseStack();
    PublicEndpoints endpoints = assembled.add("public endpoints", PublicEndpoints.of(config));
    try {
      operatorRpc =
          assembled.add(
              "operator's RPC",
              Services.startOperatorRpc(config, sk, endpoints, progress, this::stopWhileStarting));
      tower =
          TowerComponents.assemble(
              config, sk, rpc, progress, () -> reportReady("standing by"), this::stop);
    } catch (StartupException | RuntimeException e) {
      assembled.close();
      throw e;
    }
    started.add("storage", tower.storage());
    started.add("operator's RPC", operatorRpc);
    started.add("watcher", tower.watcher());
    started.add("public endpoints", endpoints);
    services = new Services(config, sk, tower.internalApi(), endpoints, started);
    status = new WatchingTowerStatus(config, tower, endpoints, progress, run);
    tower.database().onFault(this::storageFailed);
    run.assembled();
  }

  /** Returns the configuration, as {@link ConfigLoader#load} does. */
  public static Config getConfig(Map<String, String> commandLineConf, Path dataDir)
      throws ConfigException {
    return ConfigLoader.load(commandLineConf, dataDir);
  }

  /**
   * Starts the tower, blocks until it must stop, and stops it. Returns only if it cannot start.
   * Signals are handled from the beginning, so that a shutdown while catching up is orderly
   * (python-teos handles them only once its services run).
   *
   * @throws StartupException if it cannot start; everything that was started is stopped first
   */
  public void start() throws StartupException, InterruptedException {
    Signals.handle(this::handleSignals, signal -> RunState.exitImmediately(logger, signal));
    try {
      services.startDashboard(status, tower::reportTo);
      bootstrapComponents();
      if (!run.stopRequested().isSet()) {
        startServices();
      }
    } catch (StorageException e) {
      stopAll();
      throw Wiring.asStartup(e);
    } catch (StartupException | InterruptedException | RuntimeException e) {
      stopAll();
      throw e;
    }
    if (!run.stopRequested().isSet()) {
      run.ready();
      logger.info("tower ready");
      reportReady("watching");
      tower.node().onChange(systemd::bitcoind);
    }
    run.stopRequested().await();
    teardown();
  }

  /**
   * Brings the components up to date, as {@link ChainBootstrap} describes, and starts the chain
   * monitor and the mempool monitor.
   *
   * @throws StartupException if bitcoind or the database fails meanwhile
   */
  public void bootstrapComponents() throws StartupException, InterruptedException {
    new ChainBootstrap(config, tower, progress, run, started).run(logger);
  }

  /**
   * Starts the services, the public API last: once it answers, all other services do as well.
   *
   * @throws StartupException if an address is in use, or a certificate cannot be used
   */
  public void startServices() throws StartupException {
    started.onClose("stop event", stopEvent::set);
    started.add("operator's RPC", operatorRpc);
    operatorRpc.serve(tower.internalApi(), config.limits().minToSelfDelay());
    publicApi = services.startServers(RpcServer::startInternal);
  }

  /** Begins an orderly shutdown. */
  public void handleSignals(String signal) {
    logger.atInfo().addKeyValue("signal", signal).log("signal received, stopping");
    stop();
  }

  /** Exits immediately if the tower is still being assembled, because it has signed nothing yet. */
  private void stopWhileStarting() {
    if (run.isAssembled()) {
      stop();
    } else {
      Thread.ofVirtual()
          .start(
              () -> {
                if (operatorRpc != null) { // null while its constructor runs
                  operatorRpc.close(); // sends the response to the stop command first
                }
                exit.accept(ExitCode.OK.code());
              });
    }
  }

  /** Begins an orderly shutdown; stops catching up if the tower is still doing that. */
  private void stop() {
    run.stopRequested().set();
    chainMonitor().stop();
    tower.mempoolMonitor().ifPresent(MempoolMonitor::stop);
  }

  /**
   * Begins an orderly shutdown, because a tower that cannot store must not appear to be watching.
   * Everything that it signed is on disk, and the next start continues from there.
   */
  private void storageFailed(StorageException fault) {
    run.storageFailed(fault, logger, "STOPPING: the tower is NOT WATCHING until this is fixed");
    stop();
  }

  /**
   * Stops all services, finishes what is in flight, closes the database and exits: with code 0,
   * unless the tower stops because its database has failed.
   */
  public void teardown() {
    stopAll();
    exit.accept(run.exitCode(logger).code());
  }

  private void stopAll() {
    systemd.stopping();
    started.close();
    logger.info("database closed, tower stopped");
  }

  private void reportReady(String status) {
    systemd.ready(status);
    BackgroundProcess.ready(status);
  }

  /** Returns the components of the tower. */
  public TowerComponents components() {
    return tower;
  }

  /**
   * Returns the latch that begins an orderly shutdown: a signal, {@code teosd stop} or the stop
   * call of an API sets it.
   */
  public StopLatch stopCommandEvent() {
    return run.stopRequested();
  }

  /** Returns the latch that is set once the services for users have stopped. */
  public StopLatch stopEvent() {
    return stopEvent;
  }

  public BlockProcessor blockProcessor() {
    return tower.blockProcessor();
  }

  public AppointmentsDBM dbManager() {
    return tower.dbManager();
  }

  public Watcher watcher() {
    return tower.watcher();
  }

  /** Returns the watcher's thread; null before {@link #bootstrapComponents}. */
  public @Nullable Thread watcherThread() {
    return tower.pipeline().watcherThread();
  }

  /** Returns the responder's thread; null before {@link #bootstrapComponents}. */
  public @Nullable Thread responderThread() {
    return tower.pipeline().responderThread();
  }

  public ChainMonitor chainMonitor() {
    return tower.chainMonitor();
  }

  /** Returns the operator's RPC; until {@link #startServices} it only reports progress. */
  public OperatorRpc rpcProcess() {
    return operatorRpc;
  }

  /** Returns the public API; null before {@link #startServices}. */
  public @Nullable PublicApi apiProc() {
    return publicApi;
  }
}
