package teos.teosd.node;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ChainMonitor;
import teos.bitcoin.MempoolMonitor;
import teos.bitcoin.NodeStatus;
import teos.config.Config;
import teos.protocol.SecretKey;
import teos.teosd.api.InternalApi;
import teos.teosd.cluster.SharedTowerId;
import teos.teosd.process.StartupException;
import teos.teosd.web.Metrics;
import teos.tower.appointments.AppointmentService;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.inventory.Inventory;
import teos.tower.responder.Carrier;
import teos.tower.responder.Forecaster;
import teos.tower.responder.Responder;
import teos.tower.sessions.SessionService;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.KnownBlocksDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;
import teos.tower.watcher.Watcher;

/**
 * Components of a tower that watches the chain: everything between bitcoind, the database and the
 * APIs. Immutable; nothing in it runs yet.
 *
 * @param fresh whether the tower has never processed a block
 */
public record TowerComponents(
    NodeStatus node,
    BlockProcessor blockProcessor,
    BitcoindCheck bitcoindCheck,
    TowerStorage storage,
    AppointmentsDBM dbManager,
    TrackersDBM trackers,
    Gatekeeper gatekeeper,
    Watcher watcher,
    Responder responder,
    AppointmentService appointments,
    InternalApi internalApi,
    ChainPipeline pipeline,
    ChainMonitor chainMonitor,
    Optional<MempoolMonitor> mempoolMonitor,
    boolean fresh) {

  /**
   * Checks bitcoind, opens the database and creates all components. Blocks while another tower
   * watches the chain on the same PostgreSQL database.
   *
   * @param rpc the bitcoind that {@code config} names
   * @param standingBy runs once if this tower must wait for the other
   * @param stop action of the APIs' stop command
   * @throws StartupException if bitcoind cannot be reached, is on another network or does not meet
   *     the tower's requirements, or if the database cannot be opened
   */
  public static TowerComponents assemble(
      Config config,
      SecretKey key,
      BitcoindRpc rpc,
      StartupProgress progress,
      Runnable standingBy,
      Runnable stop)
      throws StartupException {
    NodeStatus node = new NodeStatus();
    BlockProcessor blocks = new BlockProcessor(rpc);
    BitcoindCheck check = new BitcoindCheck(blocks);
    progress.step("checking bitcoind");
    check.inspect(config);
    TowerStorage storage = TowerStorage.open(config, node::state, progress, standingBy);
    try {
      if (storage.stoodBy()) {
        check.inspect(config); // bitcoind may have changed while this tower was waiting
      }
      progress.step("reading the database");
      check.warnOfMissingMethods();
      check.warnOfPolicy(config.lnd().support());
      return assemble(config, key, new Carrier(rpc, node), node, blocks, check, storage, stop);
    } catch (BitcoindException e) {
      storage.close();
      throw check.asStartup(e);
    } catch (StorageException e) {
      storage.close();
      throw Wiring.asStartup(e);
    } catch (StartupException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  private static TowerComponents assemble(
      Config config,
      SecretKey key,
      Carrier carrier,
      NodeStatus node,
      BlockProcessor blocks,
      BitcoindCheck check,
      TowerStorage storage,
      Runnable stop)
      throws StartupException, BitcoindException {
    Database database = storage.database();
    SharedTowerId.require(database, key.publicKey(), config.mode().overwriteKey());
    AppointmentsDBM dbManager = new AppointmentsDBM(database);
    TrackersDBM trackers = new TrackersDBM();
    UsersDBM users = new UsersDBM();
    List<BlockId> stored = database.read(new KnownBlocksDBM()::all);
    List<BlockId> known = knownBlocks(config, check, database, stored);
    int height = known.getLast().height();
    int cacheSize = config.limits().locatorCacheSize();

    Gatekeeper gatekeeper =
        Wiring.gatekeeper(config, database, storage.disk(), users, dbManager, trackers, height);
    Responder responder =
        new Responder(
            database, dbManager, trackers, gatekeeper, carrier, blocks, InstantSource.system());
    Watcher watcher = new Watcher(database, dbManager, gatekeeper, responder, blocks, cacheSize);
    AppointmentService appointments =
        AppointmentService.watching(
            database, dbManager, trackers, gatekeeper, watcher::checkRecent);
    ChainPipeline pipeline = new ChainPipeline(gatekeeper, watcher, responder, height);
    ChainMonitor chainMonitor =
        new ChainMonitor(
            blocks,
            node,
            pipeline.entrance(),
            known,
            config.network().genesisHash(),
            Duration.ofSeconds(config.bitcoind().pollingDelta()),
            config.bitcoind().feed().map(Config.Feed::address).orElse(null));
    InternalApi internalApi =
        new InternalApi(
            appointments,
            gatekeeper,
            new Inventory(
                database,
                users,
                dbManager,
                trackers,
                new Forecaster(carrier::feeEstimates, gatekeeper::height)),
            SessionService.watching(database, users, dbManager, gatekeeper, watcher::checkRecent),
            Wiring.admission(config, database, users, gatekeeper.capacity()),
            node::state,
            key,
            stop);
    return new TowerComponents(
        node,
        blocks,
        check,
        storage,
        dbManager,
        trackers,
        gatekeeper,
        watcher,
        responder,
        appointments,
        internalApi,
        pipeline,
        chainMonitor,
        Wiring.mempoolMonitor(config, blocks, node, pipeline.entrance()),
        stored.isEmpty());
  }

  /**
   * Returns the blocks from which to continue: the last processed ones, or for a new tower those of
   * the chain.
   */
  private static List<BlockId> knownBlocks(
      Config config, BitcoindCheck check, Database database, List<BlockId> stored)
      throws BitcoindException, StartupException {
    List<BlockId> known =
        check.knownBlocks(stored, config.limits().locatorCacheSize(), config.mode().forceUpdate());
    if (!known.equals(stored)) {
      database.execute(
          handle -> {
            new KnownBlocksDBM().store(handle, known);
          });
    }
    return known;
  }

  public Database database() {
    return storage.database();
  }

  /** Registers {@code metrics} as a listener for commits and tracker events. */
  public void reportTo(Metrics metrics) {
    database().onCommit(metrics::commit);
    responder.onEvent(metrics::tracker);
  }

  /** Returns the last block that the whole tower has processed. */
  public BlockId lastKnownBlock() {
    return database().read(new KnownBlocksDBM()::last).orElseThrow();
  }

  /** Returns the number of stored appointments, including those with a tracker. */
  public long storedAppointments() {
    return dbManager.countAppointments();
  }

  /** Returns the number of stored trackers. */
  public long storedTrackers() {
    return database().read(trackers::count);
  }
}
