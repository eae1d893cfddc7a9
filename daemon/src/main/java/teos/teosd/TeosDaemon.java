package teos.teosd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ChainEvent;
import teos.bitcoin.ChainMonitor;
import teos.bitcoin.HttpBitcoindRpc;
import teos.bitcoin.MempoolMonitor;
import teos.bitcoin.NodeStatus;
import teos.bitcoin.RpcCredentials;
import teos.common.DurableFile;
import teos.common.KeyFile;
import teos.common.Version;
import teos.config.Config;
import teos.config.ConfigException;
import teos.config.ConfigLoader;
import teos.config.MempoolWatch;
import teos.config.RpcAuth;
import teos.migration.MigrationMarker;
import teos.protocol.Dialect;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ServerTls;
import teos.teosd.api.InternalApi;
import teos.teosd.cluster.LeaderElection;
import teos.teosd.cluster.SharedDatabasePoller;
import teos.teosd.cluster.SharedTowerId;
import teos.teosd.http.PublicApi;
import teos.teosd.http.Throttle;
import teos.teosd.lnd.LndServer;
import teos.teosd.lnd.LndSettings;
import teos.teosd.lnd.SessionPolicy;
import teos.teosd.node.BitcoindCheck;
import teos.teosd.node.PublicEndpoints;
import teos.teosd.node.RegistrationSettings;
import teos.teosd.node.SharedTowerStatus;
import teos.teosd.node.StartupProgress;
import teos.teosd.process.BackgroundProcess;
import teos.teosd.process.DataFolder;
import teos.teosd.process.Event;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.PrivateFiles;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;
import teos.teosd.process.SystemdNotifier;
import teos.teosd.rpc.OperatorRpc;
import teos.teosd.rpc.RpcServer;
import teos.teosd.rpc.TowerInfo;
import teos.teosd.web.ChainState;
import teos.teosd.web.Metrics;
import teos.teosd.web.OperatorDashboard;
import teos.teosd.web.ReorgStats;
import teos.teosd.web.TowerState;
import teos.tower.BlockQueue;
import teos.tower.appointments.AppointmentService;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.database.PostgresAddress;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.inventory.Inventory;
import teos.tower.responder.Carrier;
import teos.tower.responder.Responder;
import teos.tower.sessions.SessionService;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;
import teos.tower.watcher.Watcher;

/**
 * The daemon: puts the parts of the tower together, and starts and stops them. Its parts have the
 * names that they have in python-teos.
 *
 * <p>What are processes there are threads here, in one JVM: the public API and the operator's RPC
 * call the tower directly, and nothing is sent between them that could be lost on the way.
 *
 * <p>The path of an appointment: {@link PublicApi} → {@link InternalApi} → {@link
 * AppointmentService} → {@link Database}, and then the receipt. The path of a block: {@link
 * ChainMonitor} → {@link Gatekeeper} → {@link Watcher}, which hands breaches to the {@link
 * Responder} and that to the {@link Carrier} → {@link Responder}, which notes the block as dealt
 * with.
 */
public final class TeosDaemon {

  private static final Duration BETWEEN_ARRIVALS = Duration.ofMillis(200);

  private static final long MEGABYTE = 1_000_000;

  public static final String KEY_NAME = "the tower's key";

  private final Config config;
  private final Logger logger;
  private final IntConsumer exit;

  private final SystemdNotifier systemd = SystemdNotifier.fromEnvironment();
  private final Event stopCommandEvent = new Event();
  private final Event stopEvent = new Event();
  private final StartupProgress progress = new StartupProgress();
  private final PublicEndpoints endpoints;
  private final OperatorRpc operatorsRpc;
  private final BitcoindCheck inspection;
  private final NodeStatus node = new NodeStatus();
  private final BlockProcessor blockProcessor;
  private final DiskSpace disk;
  private final Database database;
  private final LeaderElection election;
  private final AppointmentsDBM dbManager;
  private final TrackersDBM trackers = new TrackersDBM();
  private final Gatekeeper gatekeeper;
  private final Responder responder;
  private final Watcher watcher;
  private final AppointmentService appointments;
  private final BlockQueue watcherQueue = new BlockQueue();
  private final BlockQueue responderQueue = new BlockQueue();
  private final ChainMonitor chainMonitor;
  private final @Nullable MempoolMonitor mempoolMonitor;
  private final SecretKey sk;
  private final SessionService sessions;
  private final InternalApi internalApi;
  private final boolean fresh;
  private final ReorgStats reorgs = new ReorgStats();

  /** Height of the last block that all of the tower has dealt with. */
  private volatile int dealtWith;

  /**
   * Whether all parts have been made: until then there is nothing that could be stopped in order.
   */
  private volatile boolean made;

  private volatile boolean started;

  /** What has made the database useless while the tower ran; the tower stops for it. */
  private volatile @Nullable StorageException storageFault;

  private @Nullable Thread watcherThread;
  private @Nullable Thread responderThread;
  private @Nullable PublicApi apiProc;
  private @Nullable LndServer lndServer;
  private @Nullable RpcServer internalRpc;
  private @Nullable SharedDatabasePoller neighbours;
  private @Nullable Metrics metrics;
  private @Nullable OperatorDashboard site;

  /**
   * Makes the parts, and starts none of them but the operator's RPC, which says how far the start
   * has come. Blocks while another tower watches the chain on the same PostgreSQL database.
   *
   * @param config the configuration
   * @param sk the tower's key
   * @param logger where the daemon tells of itself
   * @throws StartupException if bitcoind cannot be reached, is another network's, or is not fit for
   *     a tower in another way, if the database cannot be opened, if a certificate cannot be used,
   *     or if the operator's RPC cannot listen
   */
  public TeosDaemon(Config config, SecretKey sk, Logger logger) throws StartupException {
    this(config, sk, logger, bitcoind(config), System::exit);
  }

  /**
   * @param rpc the bitcoind that {@code config} names
   * @param exit called with the exit code at the very end
   */
  TeosDaemon(Config config, SecretKey sk, Logger logger, BitcoindRpc rpc, IntConsumer exit)
      throws StartupException {
    this.config = config;
    this.sk = sk;
    this.logger = logger;
    this.exit = exit;
    logger.info("tower_id = {}", sk.publicKey());

    endpoints = PublicEndpoints.of(config);
    operatorsRpc = startOperatorRpc();
    blockProcessor = new BlockProcessor(rpc);
    inspection = new BitcoindCheck(blockProcessor);
    try {
      progress.step("checking bitcoind");
      inspection.inspect(
          config.network().configName(),
          config.network().genesisHash(),
          config.limits().locatorCacheSize());

      progress.step("opening the database");
      disk = diskSpace(config);
      database = openDatabase(config, disk, progress::step);
    } catch (StartupException | RuntimeException e) {
      operatorsRpc.close();
      throw e;
    }
    database.reserve(disk);
    election = elected(config);
    dbManager = new AppointmentsDBM(database);
    progress.step("reading the database");
    try {
      inspection.warnOfMissingMethods();
      SharedTowerId.require(database, sk.publicKey(), config.mode().overwriteKey());
      List<BlockId> stored = database.read(dbManager::knownBlocks);
      fresh = stored.isEmpty();
      List<BlockId> known = known(stored);
      dealtWith = known.getLast().height();
      UsersDBM users = new UsersDBM();
      gatekeeper =
          new Gatekeeper(
              database,
              users,
              dbManager,
              trackers,
              new Capacity(database, config.limits().maxAppointments(), disk::level),
              terms(config),
              known.getLast().height());
      responder =
          new Responder(
              database,
              dbManager,
              trackers,
              gatekeeper,
              new Carrier(rpc, node),
              blockProcessor,
              InstantSource.system());
      watcher =
          new Watcher(
              database,
              dbManager,
              gatekeeper,
              responder,
              blockProcessor,
              config.limits().locatorCacheSize());
      appointments =
          AppointmentService.watching(
              database, dbManager, trackers, gatekeeper, watcher::checkRecent);
      sessions =
          SessionService.watching(database, users, dbManager, gatekeeper, watcher::checkRecent);
      chainMonitor =
          new ChainMonitor(
              blockProcessor,
              node,
              watcherQueue,
              known,
              config.network().genesisHash(),
              Duration.ofSeconds(config.bitcoind().pollingDelta()),
              config.bitcoind().feed().map(Config.Feed::address).orElse(null));
      mempoolMonitor = mempoolMonitor(config);
      internalApi =
          new InternalApi(
              appointments,
              gatekeeper,
              new Inventory(database, users, dbManager, trackers),
              sessions,
              admission(config, database, users, gatekeeper.capacity()),
              node::state,
              sk,
              this::stop);
    } catch (BitcoindException e) {
      closeDatabase();
      throw inspection.asStartup(e);
    } catch (StorageException e) {
      closeDatabase();
      throw asStartup(e);
    } catch (StartupException | RuntimeException e) {
      closeDatabase();
      throw e;
    }
    database.onFault(this::storageFailed);
    made = true;
  }

  /**
   * Waits, should another tower watch. What is so of bitcoind may not be so any more after that.
   */
  private LeaderElection elected(Config config) throws StartupException {
    boolean[] waited = {false};
    LeaderElection won = null;
    try {
      won =
          LeaderElection.win(
              database,
              config.dataDir(),
              node::state,
              watching -> {
                progress.step("standing by: " + watching + " watches");
                if (!waited[0]) {
                  waited[0] = true;
                  ready("standing by");
                }
              });
      if (waited[0]) {
        inspection.inspect(
            config.network().configName(),
            config.network().genesisHash(),
            config.limits().locatorCacheSize());
      }
      return won;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      operatorsRpc.close();
      database.close();
      disk.close();
      throw new StartupException(ExitCode.ERROR, "interrupted while standing by", e);
    } catch (StartupException | RuntimeException e) {
      if (won != null) {
        won.close();
      }
      operatorsRpc.close();
      database.close();
      disk.close();
      throw e;
    }
  }

  private void ready(String status) {
    systemd.ready(status);
    BackgroundProcess.ready(status);
  }

  /** The lease last: who takes it over must be the only one that writes. */
  private void closeDatabase() {
    try {
      operatorsRpc.close();
      database.close();
    } finally {
      election.close();
      disk.close();
    }
  }

  /** A PostgreSQL server has disks of its own, which this tower cannot keep space on. */
  public static DiskSpace diskSpace(Config config) {
    long reserve = config.databaseServer().isPresent() ? 0 : config.registration().diskReserve();
    return new DiskSpace(
        DurableFile.folderOf(config.files().database()),
        config.registration().minFreeDisk() * MEGABYTE,
        reserve * MEGABYTE);
  }

  public static Admission admission(
      Config config, Database database, UsersDBM users, Capacity capacity) throws StartupException {
    return new Admission(
        database, users, capacity, RegistrationSettings.terms(config), InstantSource.system());
  }

  public static SubscriptionTerms terms(Config config) {
    return new SubscriptionTerms(
        config.subscription().slots(),
        config.subscription().duration(),
        config.subscription().expiryDelta());
  }

  private @Nullable MempoolMonitor mempoolMonitor(Config config) throws BitcoindException {
    Config.Mempool mempool = config.bitcoind().mempool();
    boolean fed = mempool.feed().isPresent() && blockProcessor.publishesTransactions();
    if (mempool.feed().isPresent() && !fed) {
      logger.warn(
          "bitcoind does not publish transactions (zmqpubrawtx): its mempool is polled every {} s",
          mempool.pollingDelta());
    }
    int seconds = fed ? config.bitcoind().pollingDelta() : mempool.pollingDelta();
    return mempool.watch() == MempoolWatch.OFF
        ? null
        : new MempoolMonitor(
            blockProcessor,
            node,
            watcherQueue,
            Duration.ofSeconds(seconds),
            fed ? mempool.feed().orElseThrow().address() : null);
  }

  public static BitcoindRpc bitcoind(Config config) {
    return new HttpBitcoindRpc(
        config.bitcoind().rpc().host(), config.bitcoind().rpc().port(), credentials(config));
  }

  private static RpcCredentials credentials(Config config) {
    return switch (config.bitcoind().auth()) {
      case RpcAuth.Cookie cookie -> new RpcCredentials.Cookie(cookie.file());
      case RpcAuth.UserPassword user ->
          new RpcCredentials.UserPassword(user.user(), user.password());
      case RpcAuth.None none ->
          throw new IllegalStateException("the command has been said to need no bitcoind");
    };
  }

  /**
   * @param migrating told if it has to be brought up to date, which may take long
   */
  public static Database openDatabase(Config config, DiskSpace disk, Consumer<String> migrating)
      throws StartupException {
    try {
      return config
          .databaseServer()
          .map(
              at ->
                  Database.open(new PostgresAddress(at.url(), at.user(), at.password()), migrating))
          .orElseGet(() -> Database.open(config.files().database(), migrating));
    } catch (StorageException e) {
      disk.close();
      throw asStartup(e);
    }
  }

  public static StartupException asStartup(StorageException e) {
    return new StartupException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
  }

  /** The blocks to go on from: the last ones dealt with, or those of the chain for a new tower. */
  private List<BlockId> known(List<BlockId> stored) throws BitcoindException, StartupException {
    List<BlockId> known =
        inspection.knownBlocks(
            stored, config.limits().locatorCacheSize(), config.mode().forceUpdate());
    if (!known.equals(stored)) {
      database.execute(
          handle -> {
            dbManager.storeKnownBlocks(handle, known);
          });
    }
    return known;
  }

  /** Set to begin an orderly shutdown: by a signal, {@code teosd stop}, or an API's stop. */
  public Event stopCommandEvent() {
    return stopCommandEvent;
  }

  /** Set when the public API has stopped, and all other services are to. */
  public Event stopEvent() {
    return stopEvent;
  }

  /** What asks bitcoind about the chain. */
  public BlockProcessor blockProcessor() {
    return blockProcessor;
  }

  /** The appointments and the trackers on disk. */
  public AppointmentsDBM dbManager() {
    return dbManager;
  }

  /** The last block that the whole tower has dealt with. */
  public BlockId lastKnownBlock() {
    return database.read(dbManager::lastKnownBlock).orElseThrow();
  }

  /** How many appointments are stored, watched and answered. */
  public long storedAppointments() {
    return dbManager.countAppointments();
  }

  /** How many disputes are being answered. */
  public long storedTrackers() {
    return database.read(trackers::count);
  }

  /** What looks for disputes. */
  public Watcher watcher() {
    return watcher;
  }

  /** What takes users' appointments. */
  public AppointmentService appointments() {
    return appointments;
  }

  /**
   * The thread in which the watcher deals with blocks; none before {@link #bootstrapComponents}.
   */
  public @Nullable Thread watcherThread() {
    return watcherThread;
  }

  /**
   * The thread in which the responder deals with blocks; none before {@link #bootstrapComponents}.
   */
  public @Nullable Thread responderThread() {
    return responderThread;
  }

  /** What follows the chain. */
  public ChainMonitor chainMonitor() {
    return chainMonitor;
  }

  /** The public API; none before {@link #startServices}. */
  public @Nullable PublicApi apiProc() {
    return apiProc;
  }

  /** The operator's RPC; before {@link #startServices} it says only how far the tower is. */
  public OperatorRpc rpcProcess() {
    return operatorsRpc;
  }

  /** What follows the mempool; none if that is off. */
  public @Nullable MempoolMonitor mempoolMonitor() {
    return mempoolMonitor;
  }

  /** What the APIs call. */
  public InternalApi internalApi() {
    return internalApi;
  }

  /**
   * Brings the components up to date: loads the appointments and trackers that there are, wakes the
   * watcher and the responder, hands them all blocks that were missed while the tower was offline,
   * and then starts the chain monitor.
   *
   * <p>The last blocks that the tower had dealt with are looked at once more. They fill the locator
   * cache, and an appointment that was stored just before a crash and whose dispute is in one of
   * them is answered now.
   *
   * @throws StartupException if bitcoind stops answering meanwhile, or the database
   */
  public void bootstrapComponents() throws StartupException, InterruptedException {
    progress.step("reading the locators of all appointments");
    dbManager.readLocators();
    progress.step("reading the last blocks again");
    if (fresh) {
      logger.info("fresh bootstrap at block {}", chainMonitor.tip());
    } else {
      logger.info(
          "bootstrapping from stored data: appointments={} trackers={} last block={}",
          dbManager.isCounted() ? dbManager.countAppointments() : "(being counted)",
          database.read(trackers::count),
          chainMonitor.tip());
    }
    try {
      responder.forgetBlocksOver(chainMonitor.tip());
      fillLocatorCache();
      watcherThread = watcherQueue.awake("watcher", this::watch);
      responderThread = responderQueue.awake("responder", this::respond);
      responder.start();
      progress.catchingUp(chainMonitor);
      chainMonitor.catchUp();
      progress.step("processing the last blocks");
    } catch (BitcoindException e) {
      throw inspection.asStartup(e);
    }
    awaitQueues();
    requireStorage();
    logger.info("up to date at block {}", chainMonitor.tip());
    neighbours =
        SharedDatabasePoller.follow(database, dbManager, watcher::hearArrivals, BETWEEN_ARRIVALS);
    chainMonitor.start();
    if (mempoolMonitor != null) {
      mempoolMonitor.start();
    }
  }

  private void requireStorage() throws StartupException {
    StorageException fault = storageFault;
    if (fault != null) {
      throw asStartup(fault);
    }
  }

  private void fillLocatorCache() throws BitcoindException {
    BlockId last = chainMonitor.lastCommonAncestor();
    int first = last.height() - config.limits().locatorCacheSize() + 1;
    for (BlockId block : blockProcessor.blocks(Math.max(0, first), last.height())) {
      watcher.blockConnected(blockProcessor.fetch(block), true);
    }
  }

  /** The watcher's turn with a block. Users come first: only for them is anything watched. */
  private void watch(ChainEvent event) throws InterruptedException {
    switch (event) {
      case ChainEvent.BlockConnected connected -> {
        reorgs.connected();
        gatekeeper.blockConnected(connected.block().height());
        watcher.blockConnected(connected.block(), connected.catchingUp());
      }
      case ChainEvent.BlockDisconnected disconnected -> {
        reorgs.disconnected();
        watcher.blockDisconnected(disconnected.block());
        gatekeeper.blockDisconnected(disconnected.block().height());
      }
      case ChainEvent.MempoolSeen seen -> watcher.mempoolSeen(seen.transactions(), seen.snapshot());
      case ChainEvent.NodeReachable reachable -> {
        if (mempoolMonitor != null) {
          mempoolMonitor.wake();
        }
      }
    }
    responderQueue.onChainEvent(event);
  }

  /** The responder's turn, after the watcher's. */
  private void respond(ChainEvent event) {
    switch (event) {
      case ChainEvent.BlockConnected connected -> {
        responder.blockConnected(connected.block(), connected.catchingUp());
        dealtWith = connected.block().height();
      }
      case ChainEvent.BlockDisconnected disconnected -> {
        responder.blockDisconnected(disconnected.block(), disconnected.parent());
        dealtWith = disconnected.parent().height();
      }
      case ChainEvent.MempoolSeen seen ->
          responder.mempoolSeen(seen.transactions(), seen.snapshot());
      case ChainEvent.NodeReachable reachable -> responder.resendUnconfirmed();
    }
  }

  /** Waits until all that the tower has heard of has been dealt with. */
  void awaitQueues() throws InterruptedException {
    for (BlockQueue queue : new BlockQueue[] {watcherQueue, responderQueue}) {
      CountDownLatch drained = new CountDownLatch(1);
      queue.afterAll(drained::countDown);
      drained.await();
    }
  }

  /** Waits until all penalties have been sent, too, that are due. */
  void awaitIdle() throws InterruptedException {
    awaitQueues();
    responder.awaitIdle();
  }

  /**
   * Starts the services; the public API last, so that a tower that answers there is all there.
   *
   * @throws StartupException if an address cannot be listened at, or the certificates cannot be
   *     used
   */
  public void startServices() throws StartupException {
    long minToSelfDelay = config.limits().minToSelfDelay();
    HostPort internal = config.internalApi().endpoint();
    try {
      internalRpc = RpcServer.startInternal(internalApi, config.internalApi(), minToSelfDelay);
    } catch (IOException | RuntimeException e) {
      throw cannotListen(internal, "internal_api_host, internal_api_port", e);
    }
    operatorsRpc.serve(internalApi, minToSelfDelay);
    lndServer = startLndServer(config, sk, internalApi, endpoints);
    if (lndServer != null) {
      warnOfPolicy();
    }
    apiProc = startPublicApi(internalApi, config, endpoints, metrics);
    keepUp(endpoints, config, sk.publicKey(), apiProc, lndServer);
  }

  /** Before the tower has caught up: it shows how far it is. */
  private void startSite() throws StartupException {
    Optional<HostPort> endpoint = config.web().endpoint();
    if (endpoint.isEmpty()) {
      return;
    }
    Metrics of = new Metrics(new State(), Version.current());
    metrics = of;
    database.onCommit(of::commit);
    responder.onEvent(of::tracker);
    site = startSite(new State(), of, config);
  }

  public static OperatorDashboard startSite(TowerState tower, Metrics metrics, Config config)
      throws StartupException {
    HostPort endpoint = config.web().endpoint().orElseThrow();
    try {
      return OperatorDashboard.start(
          tower,
          metrics,
          Version.current(),
          endpoint.host(),
          endpoint.port(),
          config.web().hosts());
    } catch (IOException e) {
      throw cannotListen(endpoint, "web_bind, web_port", e);
    }
  }

  /** What the operator may see. */
  private final class State extends SharedTowerStatus implements ChainState {
    State() {
      super(config, internalApi, endpoints, database);
    }

    @Override
    public NodeStatus.State node() {
      return node.state();
    }

    @Override
    public Optional<String> fault() {
      StorageException fault = storageFault;
      if (fault != null) {
        return Optional.of("stopping: " + fault.getMessage());
      }
      for (Thread thread : new Thread[] {watcherThread, responderThread}) {
        if (thread != null && !thread.isAlive() && !stopCommandEvent.isSet()) {
          return Optional.of("the " + thread.getName() + " has ended");
        }
      }
      return responder.hasEnded() && !stopCommandEvent.isSet()
          ? Optional.of("refused penalties are not sent again")
          : Optional.empty();
    }

    @Override
    public Optional<String> starting() {
      return started ? Optional.empty() : Optional.of(progress.now());
    }

    @Override
    public Optional<ChainState> chain() {
      return Optional.of(this);
    }

    @Override
    public String tip() {
      return chainMonitor.tip().hash();
    }

    @Override
    public int bestHeight() {
      return chainMonitor.bestHeight();
    }

    @Override
    public int dealtWith() {
      return dealtWith;
    }

    @Override
    public Optional<Boolean> blockFeed() {
      return chainMonitor.feedConnected();
    }

    @Override
    public Optional<Boolean> mempoolFeed() {
      return Optional.ofNullable(mempoolMonitor).flatMap(MempoolMonitor::feedConnected);
    }

    @Override
    public ReorgStats reorgs() {
      return reorgs;
    }
  }

  /** Knots takes a part of taproot channels' revocation scripts for data, and relays none. */
  private void warnOfPolicy() {
    try {
      if (blockProcessor.userAgent().contains("Knots")) {
        logger.warn(
            "bitcoind is Bitcoin Knots, which refuses justice transactions of taproot channels"
                + " unless it has acceptnonstddatacarrier=1: see docs/lnd.md");
      }
    } catch (BitcoindException e) {
      logger.debug("bitcoind does not say what it is", e);
    }
  }

  /** The server for lnd's clients, if there is to be one. */
  public static @Nullable LndServer startLndServer(
      Config config, SecretKey key, InternalApi tower, PublicEndpoints endpoints)
      throws StartupException {
    Config.Lnd lnd = config.lnd();
    if (!lnd.support()) {
      return null;
    }
    byte[] chainHash = Txid.fromDisplayHex(config.network().genesisHash()).internal();
    SessionPolicy policy = sessionPolicy(lnd, chainHash);
    InetSocketAddress at = new InetSocketAddress(lnd.endpoint().host(), lnd.endpoint().port());
    try {
      return LndServer.start(
          at,
          key,
          chainHash,
          policy,
          tower,
          config.registration().addressRegistrations(),
          peer -> endpoints.options().clients().isSharedAt(at.getAddress(), peer));
    } catch (IOException | RuntimeException e) {
      throw cannotListen(lnd.endpoint(), "lnd_bind, lnd_port", e);
    }
  }

  private static SessionPolicy sessionPolicy(Config.Lnd lnd, byte[] chainHash)
      throws StartupException {
    try {
      return LndSettings.sessionPolicy(lnd, chainHash);
    } catch (IllegalArgumentException e) {
      throw new StartupException(ExitCode.CONFIGURATION, String.valueOf(e.getMessage()), e);
    }
  }

  public static PublicApi startPublicApi(
      InternalApi tower, Config config, PublicEndpoints endpoints, @Nullable Metrics metrics)
      throws StartupException {
    PublicApi api =
        new PublicApi(
            tower,
            config.api().host(),
            config.api().port(),
            switch (config.defaultDialect()) {
              case V1 -> Dialect.V1;
              case V2 -> Dialect.V2;
            },
            config.limits().minToSelfDelay(),
            new Throttle(
                new Throttle.Limits(
                    config.registration().addressRequests(),
                    config.registration().addressRegistrations(),
                    config.registration().userRequests())),
            endpoints.options());
    if (metrics != null) {
      api.onAnswer(metrics::request);
    }
    try {
      api.start();
    } catch (IOException e) {
      throw cannotListen(config.api(), "api_bind, api_port", e);
    }
    return api;
  }

  public static void keepUp(
      PublicEndpoints endpoints,
      Config config,
      PublicKey towerId,
      PublicApi api,
      @Nullable LndServer lnd) {
    endpoints.keepUp(
        towerId,
        config.tor().support() ? OptionalInt.of(api.onionPort()) : OptionalInt.empty(),
        lnd == null ? OptionalInt.empty() : OptionalInt.of(lnd.port()));
  }

  private OperatorRpc startOperatorRpc() throws StartupException {
    ServerTls tls = startTls();
    try {
      return OperatorRpc.start(
          config.rpc(),
          config.internalApi().workers(),
          tls,
          new TowerInfo(sk.publicKey(), endpoints, Version.current()),
          Logging::setLevel,
          progress::now,
          this::stopWhileStarting);
    } catch (IOException | RuntimeException e) {
      throw cannotListen(config.rpc(), "rpc_bind, rpc_port", e);
    }
  }

  private ServerTls startTls() throws StartupException {
    try {
      return ServerTls.start(
          new CertificateFolder(
              new CertificatePaths(config.files().certificates()), config.files().operatorGroup()),
          InstantSource.system());
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.CERTIFICATES,
          "cannot use the certificates of the operator's RPC: " + e.getMessage(),
          e);
    }
  }

  public static StartupException cannotListen(HostPort endpoint, String settings, Exception e) {
    return new StartupException(
        ExitCode.ADDRESS,
        "cannot listen at " + endpoint + " (" + settings + "): " + rootMessage(e),
        e);
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  /** Begins an orderly shutdown. */
  public void handleSignals(String signal) {
    logger.info("signal {} received, stopping", signal);
    stop();
  }

  /** Nothing is lost by this: whatever the tower has signed for is on disk. */
  private void endAtOnce(String signal) {
    logger.warn("second signal ({}): ending at once", signal);
    Runtime.getRuntime().halt(ExitCode.KILLED.code());
  }

  /**
   * While the parts are being made nothing has been promised, and a signal ends the tower at once,
   * too.
   */
  private void stopWhileStarting() {
    if (made) {
      stop();
    } else {
      Thread.ofVirtual()
          .start(
              () -> {
                if (operatorsRpc != null) { // null in the moment in which it is being started
                  operatorsRpc.close(); // which lets the answer go out
                }
                exit.accept(ExitCode.OK.code());
              });
    }
  }

  /** What a signal and the stop command do: a tower that is still catching up does not go on. */
  private void stop() {
    stopCommandEvent.set();
    chainMonitor.stop();
    if (mempoolMonitor != null) {
      mempoolMonitor.stop();
    }
  }

  /**
   * Begins an orderly shutdown: nothing that is asked of the tower could be kept, so it must not
   * seem to watch. What was signed for is on disk, and the next start goes on from there.
   */
  private void storageFailed(StorageException fault) {
    storageFault = fault;
    logger.error("STOPPING, THE TOWER WATCHES NO MORE: {}", fault.getMessage());
    logger.debug("because of", fault);
    stop();
  }

  /**
   * Stops all services, finishes what is in flight, closes the database and exits: with code 0,
   * unless it is the database that has made the tower stop.
   */
  public void teardown() {
    stopAll();
    StorageException fault = storageFault;
    if (fault == null) {
      exit.accept(ExitCode.OK.code());
    } else {
      logger.error("stopped, and nothing watches: {}", fault.getMessage());
      exit.accept(ExitCode.of(fault).code());
    }
  }

  private void stopAll() {
    systemd.stopping();
    try {
      if (lndServer != null) {
        lndServer.close();
      }
      endpoints.close();
      if (apiProc != null) {
        apiProc.close();
        logger.info("public API stopped");
      }
      operatorsRpc.close();
      if (internalRpc != null) {
        internalRpc.close();
      }
      stopEvent.set();
      // The watcher may be waiting for room in the responder's queue.
      watcherQueue.stopTrying();
      responderQueue.stopTrying();
      chainMonitor.terminate();
      if (mempoolMonitor != null) {
        mempoolMonitor.terminate();
      }
      if (neighbours != null) {
        neighbours.close();
      }
      if (watcherThread != null) {
        watcherQueue.finish(watcherThread);
      }
      if (responderThread != null) {
        responderQueue.finish(responderThread);
      }
      responder.stop();
      gatekeeper.directory().write();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (site != null) {
        site.close();
      }
      watcher.close();
      closeDatabase();
      logger.info("database closed, tower stopped");
    }
  }

  /**
   * The whole life of the tower: starts it, waits until it is to stop, and stops it. Does not
   * return unless it cannot start. Signals are handled all the while (python-teos begins to only
   * with its services: a long catching up could not be stopped in order).
   *
   * @throws StartupException if it cannot start; what had been started is stopped then
   */
  public void start() throws StartupException, InterruptedException {
    Signals.handle(this::handleSignals, this::endAtOnce);
    try {
      startSite();
      bootstrapComponents();
      if (!stopCommandEvent.isSet()) {
        startServices();
      }
    } catch (StorageException e) {
      stopAll();
      throw asStartup(e);
    } catch (StartupException | InterruptedException | RuntimeException e) {
      stopAll();
      throw e;
    }
    if (!stopCommandEvent.isSet()) {
      started = true;
      logger.info("tower ready");
      ready("watching");
      node.onChange(systemd::bitcoind);
    }
    stopCommandEvent.await();
    teardown();
  }

  /**
   * The configuration: command line over file over defaults.
   *
   * @param commandLineConf what was given on the command line, by key
   * @param dataDir the data folder, in which the file is looked for
   * @throws ConfigException if a key is unknown or a value is not allowed
   */
  public static Config getConfig(Map<String, String> commandLineConf, Path dataDir)
      throws ConfigException {
    return ConfigLoader.load(commandLineConf, dataDir);
  }

  /**
   * Runs a tower until it is stopped: sets up its folder, its log and its key, and hands over to
   * {@link #start}.
   *
   * @throws StartupException if it cannot start
   */
  public static void main(Config config) throws StartupException, InterruptedException {
    try (DataFolder folder = DataFolder.open(config.dataDir())) {
      Logging.setUp(config);
      PrivateFiles.narrow(config);
      Logger logger = LoggerFactory.getLogger(TeosDaemon.class);
      requireWhole(folder);
      config.warnings().forEach(logger::warn);
      logger.info("data folder {}", folder.path());
      // Until it starts there is nothing to be finished; it may be standing by for long.
      Signals.handle(
          first -> Runtime.getRuntime().halt(ExitCode.OK.code()),
          second -> Runtime.getRuntime().halt(ExitCode.KILLED.code()));
      new TeosDaemon(config, key(config, logger), logger).start();
    }
  }

  /** A folder that a tower is being moved into may hold a part of it. */
  private static void requireWhole(DataFolder folder) throws StartupException {
    MigrationMarker mark = new MigrationMarker(folder.path());
    try {
      Optional<String> unfinished = mark.what();
      if (unfinished.isPresent()) {
        throw new StartupException(
            ExitCode.UNFINISHED,
            "the data folder "
                + folder.path()
                + " is not whole: something was begun that has not"
                + " come to its end ("
                + unfinished.get()
                + "). Give the same command once more; to"
                + " give it up, empty the folder");
      }
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.STORAGE, "cannot read " + mark.file() + ": " + e.getMessage(), e);
    }
  }

  private static SecretKey key(Config config, Logger logger) throws StartupException {
    KeyFile file = new KeyFile(config.files().secretKey(), TeosDaemon.KEY_NAME);
    try {
      if (file.exists() && !config.mode().overwriteKey()) {
        return file.load();
      }
      SecretKey key = file.create(new SecureRandom());
      logger.info("new key made in {}", config.files().secretKey());
      return key;
    } catch (IOException e) {
      throw new StartupException(ExitCode.KEY, String.valueOf(e.getMessage()), e);
    }
  }
}
