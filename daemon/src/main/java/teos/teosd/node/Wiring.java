package teos.teosd.node;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ChainListener;
import teos.bitcoin.HttpBitcoindRpc;
import teos.bitcoin.MempoolMonitor;
import teos.bitcoin.NodeStatus;
import teos.bitcoin.RpcCredentials;
import teos.common.DurableFile;
import teos.config.Config;
import teos.config.MempoolWatch;
import teos.config.RpcAuth;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.database.PostgresAddress;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.AdmissionSettings;
import teos.tower.gatekeeper.Capacity;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.gatekeeper.RegistrationPolicy;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UsersDBM;

/** Factory methods for the parts that the configuration describes. */
public final class Wiring {

  private static final Logger log = LoggerFactory.getLogger(Wiring.class);
  private static final long MEGABYTE = 1_000_000;

  private Wiring() {}

  /** Returns a client for bitcoind's RPC. */
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
          throw new IllegalStateException("this command was configured without bitcoind");
    };
  }

  /**
   * Returns the free disk space and the reserve to keep, which is 0 for PostgreSQL: its server has
   * other disks.
   */
  static DiskSpace diskSpace(Config config) {
    long reserve = config.databaseServer().isPresent() ? 0 : config.registration().diskReserve();
    return new DiskSpace(
        DurableFile.folderOf(config.files().database()),
        config.registration().minFreeDisk() * MEGABYTE,
        reserve * MEGABYTE);
  }

  /**
   * Opens the database.
   *
   * @param migrating receives a description if the tables must be migrated, which may take long
   * @throws StartupException if it cannot be opened
   */
  static Database openDatabase(Config config, Consumer<String> migrating) throws StartupException {
    try {
      return config
          .databaseServer()
          .map(
              at ->
                  Database.open(new PostgresAddress(at.url(), at.user(), at.password()), migrating))
          .orElseGet(() -> Database.open(config.files().database(), migrating));
    } catch (StorageException e) {
      throw asStartup(e);
    }
  }

  /**
   * Returns the gatekeeper.
   *
   * @param height of the last processed block, or 0 if unknown
   */
  static Gatekeeper gatekeeper(
      Config config,
      Database database,
      DiskSpace disk,
      UsersDBM users,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      int height) {
    return new Gatekeeper(
        database,
        users,
        appointments,
        trackers,
        new Capacity(database, config.limits().maxAppointments(), disk::level),
        new SubscriptionTerms(
            config.subscription().slots(),
            config.subscription().duration(),
            config.subscription().expiryDelta()),
        height);
  }

  /** Returns the policy on registrations. */
  static Admission admission(Config config, Database database, UsersDBM users, Capacity capacity) {
    Config.Registration settings = config.registration();
    RegistrationPolicy policy =
        RegistrationPolicy.valueOf(settings.policy().toUpperCase(Locale.ROOT));
    return new Admission(
        database,
        users,
        capacity,
        new AdmissionSettings(policy, settings.keys()),
        InstantSource.system());
  }

  /** Returns the monitor of bitcoind's mempool; empty if the mempool is not watched. */
  static Optional<MempoolMonitor> mempoolMonitor(
      Config config, BlockProcessor blocks, NodeStatus node, ChainListener listener)
      throws BitcoindException {
    Config.Mempool mempool = config.bitcoind().mempool();
    boolean fed = mempool.feed().isPresent() && blocks.publishesTransactions();
    if (mempool.feed().isPresent() && !fed) {
      log.atWarn()
          .addKeyValue("interval", mempool.pollingDelta() + "s")
          .log("bitcoind does not publish transactions (zmqpubrawtx): polling its mempool");
    }
    if (mempool.watch() == MempoolWatch.OFF) {
      return Optional.empty();
    }
    int seconds = fed ? config.bitcoind().pollingDelta() : mempool.pollingDelta();
    return Optional.of(
        new MempoolMonitor(
            blocks,
            node,
            listener,
            Duration.ofSeconds(seconds),
            fed ? mempool.feed().orElseThrow().address() : null));
  }

  /** Converts a database failure into a startup failure with its exit code. */
  public static StartupException asStartup(StorageException e) {
    return new StartupException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
  }
}
