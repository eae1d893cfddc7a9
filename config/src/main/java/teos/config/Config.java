package teos.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import teos.protocol.Dialect;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;

/**
 * Checked settings of the tower. All paths are absolute.
 *
 * @param dataDir the network's folder within the data folder; not created yet
 * @param files the tower's files; in {@code dataDir} unless set otherwise
 * @param databaseServer PostgreSQL database to use instead of the SQLite file
 * @param api address of the public HTTP API
 * @param publicAccess how users reach the public HTTP API
 * @param rpc address of the operator's gRPC server
 * @param internalApi gRPC server for the tower's own processes
 * @param bitcoind connection to bitcoind
 * @param subscription size and length of a subscription
 * @param limits limits on appointments
 * @param registration registration policy and rate limits
 * @param web the operator's site
 * @param lnd server for lnd's clients
 * @param tor onion service
 * @param mode how the process runs
 * @param defaultDialect dialect of answers to clients whose dialect is unknown
 * @param warnings settings that are set but have no effect, to be logged; may be empty
 */
public record Config(
    Path dataDir,
    Files files,
    Optional<DatabaseServer> databaseServer,
    HostPort api,
    PublicAccess publicAccess,
    HostPort rpc,
    InternalApi internalApi,
    Bitcoind bitcoind,
    Subscription subscription,
    Limits limits,
    Registration registration,
    Web web,
    Lnd lnd,
    Tor tor,
    Mode mode,
    Dialect defaultDialect,
    List<String> warnings) {

  public Config {
    warnings = List.copyOf(warnings);
  }

  /** Returns the network that bitcoind must be on. */
  public Network network() {
    return bitcoind.network();
  }

  /**
   * Files of the tower.
   *
   * @param secretKey the tower's secret key, DER
   * @param database SQLite database
   * @param log log file
   * @param breachLog history of breaches
   * @param certificates folder of the certificates for mutual TLS between tower and operator: the
   *     data folder itself on all networks, as in rust-teos
   * @param operatorGroup group that may read the operator's key in that folder, if any
   */
  public record Files(
      Path secretKey,
      Path database,
      Path log,
      Path breachLog,
      Path certificates,
      Optional<String> operatorGroup) {}

  /**
   * PostgreSQL database.
   *
   * @param url JDBC URL; may contain a password
   * @param user may be empty
   * @param password may be empty
   */
  public record DatabaseServer(String url, String user, String password) {
    @Override
    public String toString() {
      return "DatabaseServer[not shown]"; // every part may contain a password
    }
  }

  /**
   * Users' access to the public HTTP API.
   *
   * @param publicAddresses configured addresses at which users reach it from outside; may be empty
   * @param tls certificate with which it serves TLS; empty for plain HTTP
   * @param proxies addresses and address blocks, not checked here, of the proxies whose {@code
   *     X-Forwarded-For} is trusted; may be empty
   */
  public record PublicAccess(
      List<PublicAddress> publicAddresses, Optional<TlsFiles> tls, List<String> proxies) {

    public PublicAccess {
      publicAddresses = List.copyOf(publicAddresses);
      proxies = List.copyOf(proxies);
    }
  }

  /**
   * Address at which users reach the public HTTP API from outside.
   *
   * @param tls whether clients use {@code https://}, with the certificate of the tower or of a
   *     proxy
   */
  public record PublicAddress(HostPort at, boolean tls) {}

  /**
   * Files of a certificate and its key, in PEM; not read here.
   *
   * @param certificate the certificate, followed by any intermediate certificates
   * @param key its private key
   */
  public record TlsFiles(Path certificate, Path key) {}

  /**
   * Internal gRPC server.
   *
   * @param workers maximum number of concurrent calls
   */
  public record InternalApi(HostPort endpoint, int workers) {}

  /**
   * Connection to bitcoind.
   *
   * @param feed ZMQ feed of block hashes; empty if the tower only polls
   * @param pollingDelta seconds between polls of the chain tip
   * @param mempool how its mempool is watched
   */
  public record Bitcoind(
      Network network,
      HostPort rpc,
      RpcAuth auth,
      Optional<Feed> feed,
      int pollingDelta,
      Mempool mempool) {}

  /**
   * Watching of bitcoind's mempool.
   *
   * @param feed ZMQ feed of transactions; empty unless {@code watch} is {@code ZMQ}
   * @param pollingDelta seconds between polls, if it is polled
   */
  public record Mempool(MempoolWatch watch, Optional<Feed> feed, int pollingDelta) {}

  /**
   * ZMQ publisher.
   *
   * @param protocol always {@code tcp} so far
   */
  public record Feed(String protocol, HostPort address) {}

  /**
   * Size and length of a subscription.
   *
   * @param slots added by one registration, 1 to 2^32 - 1
   * @param duration in blocks, 1 to 2^32 - 1
   * @param expiryDelta blocks after its end until its data is deleted, 0 to 2^32 - 1
   */
  public record Subscription(long slots, long duration, long expiryDelta) {}

  /**
   * Limits on appointments.
   *
   * @param maxAppointments of all users together
   * @param minToSelfDelay in blocks; dialect v1 rejects appointments with a shorter delay
   * @param locatorCacheSize number of recent blocks searched for the dispute of a new appointment
   */
  public record Limits(long maxAppointments, int minToSelfDelay, int locatorCacheSize) {}

  /**
   * Registration policy and rate limits.
   *
   * @param policy {@code open}, {@code list} or {@code invitation}
   * @param keys keys that may register with {@code list}; empty with other policies
   * @param minFreeDisk free megabytes below which new users cannot register
   * @param diskReserve megabytes reserved for responding to breaches
   * @param addressRequests per second and address; 0 for no limit
   * @param addressRegistrations per hour and address; 0 for no limit
   * @param userRequests per second and user; 0 for no limit
   */
  public record Registration(
      String policy,
      Set<PublicKey> keys,
      long minFreeDisk,
      long diskReserve,
      long addressRequests,
      long addressRegistrations,
      long userRequests) {
    public Registration {
      keys = Set.copyOf(keys);
    }
  }

  /**
   * The operator's site over HTTP.
   *
   * @param endpoint address it listens on; empty if it is disabled
   * @param hosts names under which browsers may open it, besides {@code localhost} and IP addresses
   */
  public record Web(Optional<HostPort> endpoint, List<String> hosts) {
    public Web {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * Server for lnd's clients.
   *
   * @param support whether it is enabled
   * @param maxUpdates per session, 1 to 65535
   * @param maxSweepFeeRate maximum fee rate of justice transactions, satoshi per 1,000 weight units
   * @param maxSessions of all clients together
   * @param rewardAddress P2WPKH address, not checked here; empty for none
   * @param clients public keys that may open sessions; empty for all
   */
  public record Lnd(
      boolean support,
      HostPort endpoint,
      int maxUpdates,
      long maxSweepFeeRate,
      long maxSessions,
      String rewardAddress,
      Set<PublicKey> clients) {

    public Lnd {
      clients = Set.copyOf(clients);
    }
  }

  /**
   * Onion service.
   *
   * @param support whether it is enabled
   * @param controlPort of the local Tor
   * @param controlPassword password of the control port; may be empty
   * @param hiddenServicePort port of the onion address
   */
  public record Tor(
      boolean support, int controlPort, String controlPassword, int hiddenServicePort) {
    @Override
    public String toString() {
      return "Tor[support="
          + support
          + ", controlPort="
          + controlPort
          + ", hiddenServicePort="
          + hiddenServicePort
          + "]"; // never the password
    }
  }

  /**
   * Mode of the process.
   *
   * @param daemon whether it runs in the background
   * @param overwriteKey whether to replace the tower's key with a new one
   * @param forceUpdate whether to start even if bitcoind has pruned unprocessed blocks
   * @param debug whether to log debug messages of the tower
   * @param depsDebug whether to log debug messages of the libraries
   * @param jsonLog whether log lines are JSON rather than text
   */
  public record Mode(
      boolean daemon,
      boolean overwriteKey,
      boolean forceUpdate,
      boolean debug,
      boolean depsDebug,
      boolean jsonLog) {}
}
