package teos.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import teos.protocol.HostPort;

/**
 * Every setting of the tower, checked. All paths are absolute.
 *
 * @param dataDir the network's own folder; not created yet
 * @param files what is kept in it, unless set otherwise
 * @param databaseServer a PostgreSQL database in the place of the file
 * @param api where the public HTTP API listens
 * @param reach how users come to the public HTTP API
 * @param rpc where the operator's gRPC listens
 * @param internalApi the gRPC between the tower and its own parts
 * @param bitcoind the node that the tower relies on
 * @param subscription what a registration gives
 * @param limits what the tower takes on
 * @param web the operator's site
 * @param registration who may register, and how often is asked
 * @param lnd what lnd's clients are served with
 * @param tor the onion service
 * @param mode how the process runs
 * @param defaultDialect of answers to those whose dialect is unknown
 * @param warnings settings that were given and have no effect, to be logged; may be empty
 */
public record Config(
    Path dataDir,
    Files files,
    Optional<DatabaseServer> databaseServer,
    HostPort api,
    PublicAccess reach,
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
    DialectName defaultDialect,
    List<String> warnings) {

  public Config {
    warnings = List.copyOf(warnings);
  }

  /** The network that bitcoind must be on. */
  public Network network() {
    return bitcoind.network();
  }

  /**
   * Files of the tower.
   *
   * @param secretKey the tower's identity, DER
   * @param database SQLite
   * @param log what the tower did
   * @param breachLog history of breaches
   * @param certificates the folder of the certificates by which tower and operator know each other:
   *     the data folder itself, on all networks, as rust-teos has it
   * @param operatorGroup group that may read the operator's key there, if any
   */
  public record Files(
      Path secretKey,
      Path database,
      Path log,
      Path breachLog,
      Path certificates,
      Optional<String> operatorGroup) {}

  /**
   * A PostgreSQL database.
   *
   * @param url as JDBC has it; may hold a password
   * @param user may be empty
   * @param password may be empty
   */
  public record DatabaseServer(String url, String user, String password) {
    @Override
    public String toString() {
      return "DatabaseServer[not shown]"; // none of it, for what it may hold
    }
  }

  /**
   * How users come to the public HTTP API.
   *
   * @param publicAddresses where they reach it from outside, as far as the operator has said so
   * @param tls what it speaks TLS with; empty for plain HTTP
   * @param proxies addresses and blocks of them, not checked here, that are believed whom they ask
   *     for; may be empty
   */
  public record PublicAccess(
      List<PublicAddress> publicAddresses, Optional<TlsFiles> tls, List<String> proxies) {

    public PublicAccess {
      publicAddresses = List.copyOf(publicAddresses);
      proxies = List.copyOf(proxies);
    }
  }

  /**
   * Where users reach the public HTTP API from outside.
   *
   * @param tls whether by {@code https://}: of the tower's own certificate, or of a proxy's
   */
  public record PublicAddress(HostPort at, boolean tls) {}

  /**
   * Where a certificate is, in PEM. Neither file is looked at here.
   *
   * @param certificate the certificate, and after it those between it and who is trusted
   * @param key the private key that belongs to it
   */
  public record TlsFiles(Path certificate, Path key) {}

  /**
   * The internal gRPC server.
   *
   * @param workers calls served at once
   */
  public record InternalApi(HostPort endpoint, int workers) {}

  /**
   * How to reach bitcoind.
   *
   * @param feed its ZMQ feed of block hashes; empty if the tower shall only poll
   * @param pollingDelta seconds between polls
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
   * How bitcoind's mempool is watched.
   *
   * @param feed its ZMQ feed of transactions; empty unless {@code watch} is {@code ZMQ}
   * @param pollingDelta seconds between two looks at all of it, where it is polled
   */
  public record Mempool(MempoolWatch watch, Optional<Feed> feed, int pollingDelta) {}

  /**
   * A ZMQ publisher.
   *
   * @param protocol always {@code tcp} as yet
   */
  public record Feed(String protocol, HostPort address) {}

  /**
   * What one registration gives.
   *
   * @param slots 1 to 2^32 - 1
   * @param duration blocks, 1 to 2^32 - 1
   * @param expiryDelta blocks for which the data outlives the subscription, 0 to 2^32 - 1
   */
  public record Subscription(long slots, long duration, long expiryDelta) {}

  /**
   * What the tower takes on.
   *
   * @param maxAppointments in all, of all users
   * @param minToSelfDelay blocks; dialect v1 refuses less
   * @param locatorCacheSize blocks in which a late appointment's dispute is looked for
   */
  public record Limits(long maxAppointments, int minToSelfDelay, int locatorCacheSize) {}

  /**
   * Who may register, and how often who may ask.
   *
   * @param who {@code open}, {@code list} or {@code invitation}
   * @param keys in hex, not checked here, of those on the list
   * @param minFreeDisk megabytes under which no new users are taken
   * @param diskReserve megabytes that are kept for answering breaches
   * @param addressRequests of an address a second; 0 for no limit
   * @param addressRegistrations of an address an hour; 0 for no limit
   * @param userRequests of a user a second; 0 for no limit
   */
  public record Registration(
      String who,
      List<String> keys,
      long minFreeDisk,
      long diskReserve,
      long addressRequests,
      long addressRegistrations,
      long userRequests) {
    public Registration {
      keys = List.copyOf(keys);
    }
  }

  /**
   * The operator's site over HTTP.
   *
   * @param endpoint where it listens; empty if there is to be none
   * @param hosts names by which browsers may ask for it, beside {@code localhost} and addresses
   */
  public record Web(Optional<HostPort> endpoint, List<String> hosts) {
    public Web {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * The server for lnd's clients.
   *
   * @param support whether there is to be one
   * @param maxUpdates in a session, 1 to 65535
   * @param maxSweepFeeRate of justice transactions, satoshi per 1,000 units of weight
   * @param maxSessions of all clients
   * @param rewardAddress of P2WPKH, not checked here; empty for none
   * @param clients keys in hex that may open sessions; empty for all
   */
  public record Lnd(
      boolean support,
      HostPort endpoint,
      int maxUpdates,
      long maxSweepFeeRate,
      long maxSessions,
      String rewardAddress,
      List<String> clients) {

    public Lnd {
      clients = List.copyOf(clients);
    }
  }

  /**
   * The onion service.
   *
   * @param support whether there is to be one
   * @param controlPort of the local Tor
   * @param controlPassword with which it is controlled; may be empty
   * @param hiddenServicePort that the onion address answers on
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
   * How the process runs.
   *
   * @param daemon in the background
   * @param overwriteKey makes a new identity in place of the one there is
   * @param forceUpdate starts even if bitcoind has pruned blocks that the tower has not seen
   * @param debug logs the tower in detail
   * @param depsDebug logs its libraries in detail
   * @param jsonLog logs JSON in place of text
   */
  public record Mode(
      boolean daemon,
      boolean overwriteKey,
      boolean forceUpdate,
      boolean debug,
      boolean depsDebug,
      boolean jsonLog) {}
}
