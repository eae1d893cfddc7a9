package teos.teosd.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.config.Config;
import teos.config.GlobalAddress;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.rpc.tls.CertificateFiles;
import teos.teosd.http.ClientAddress;
import teos.teosd.http.ListenerOptions;
import teos.teosd.net.ConnectionLimiter;
import teos.teosd.net.PublicAddress;
import teos.teosd.net.PublicAddress.Client;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.teosd.tor.OnionService;
import teos.teosd.tor.OnionService.Forward;

/** Access to the tower from outside: TLS, proxies and Tor, and the public addresses for users. */
public final class PublicEndpoints implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PublicEndpoints.class);

  /** A connection costs some 15 kB, even if it is idle. */
  private static final int MAX_CONNECTIONS = 1_000;

  private static final int MAX_CONNECTIONS_PER_NETWORK = 256;

  private final Config config;
  private final @Nullable CertificateFiles certificates;
  private final ListenerOptions options;

  /** Resolved once, because a host name costs a DNS query and the dashboard polls the addresses. */
  private final boolean apiIsGlobal;

  private final boolean lndIsGlobal;
  private volatile @Nullable OnionService onion;

  private PublicEndpoints(
      Config config, @Nullable CertificateFiles certificates, ClientAddress clients) {
    this.config = config;
    this.certificates = certificates;
    this.options =
        new ListenerOptions(
            certificates == null ? null : certificates.context(),
            config.tor().support(),
            clients,
            new ConnectionLimiter(MAX_CONNECTIONS, MAX_CONNECTIONS_PER_NETWORK, clients::isShared));
    this.apiIsGlobal = isGlobal(config.api().host());
    this.lndIsGlobal = isGlobal(config.lnd().endpoint().host());
  }

  /**
   * Checks the settings without starting anything, so that a tower with invalid files fails before
   * it catches up with the chain.
   *
   * @throws StartupException if a proxy is not an address, or if the certificate cannot be used
   */
  public static PublicEndpoints of(Config config) throws StartupException {
    ClientAddress clients = clients(config.publicAccess().proxies());
    return new PublicEndpoints(
        config, certificates(config.publicAccess().tls().orElse(null)), clients);
  }

  private static ClientAddress clients(List<String> proxies) throws StartupException {
    try {
      return new ClientAddress(proxies);
    } catch (IllegalArgumentException e) {
      throw new StartupException(ExitCode.CONFIGURATION, "api_proxies: " + e.getMessage(), e);
    }
  }

  private static @Nullable CertificateFiles certificates(Config.@Nullable TlsFiles files)
      throws StartupException {
    try {
      return files == null
          ? null
          : CertificateFiles.read(files.certificate(), files.key(), InstantSource.system());
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.CERTIFICATES,
          "cannot use the certificate of the public API (api_tls_certificate, api_tls_key): "
              + e.getMessage(),
          e);
    }
  }

  /** Returns the options of the public API's ports. */
  public ListenerOptions options() {
    return options;
  }

  /**
   * Starts the renewal of the certificate and the onion service, once the ports are open, and logs
   * the public addresses.
   *
   * @param apiForTor the API's port to which Tor forwards connections
   * @param lndPort the port for lnd's clients, if there is one
   */
  public void start(PublicKey towerId, OptionalInt apiForTor, OptionalInt lndPort) {
    if (certificates != null) {
      certificates.start();
    }
    logAddresses(towerId, addresses());
    Config.Tor tor = config.tor();
    if (tor.support()) {
      List<Forward> forwards = new ArrayList<>();
      apiForTor.ifPresent(
          port ->
              forwards.add(new Forward(tor.hiddenServicePort(), new HostPort("127.0.0.1", port))));
      lndPort.ifPresent(
          port -> forwards.add(new Forward(port, new HostPort(connectableLndHost(), port))));
      Consumer<String> onAdded = address -> logAddresses(towerId, ofOnion(address));
      onion =
          OnionService.start(
              tor.controlPort(), tor.controlPassword(), forwards, config.dataDir(), onAdded);
    } else if (addresses().isEmpty()) {
      log.info(
          "no public address is known: only users on this machine can reach the tower, unless you"
              + " set public_addresses");
    }
  }

  private String connectableLndHost() {
    String host = config.lnd().endpoint().host();
    return isWildcard(host) ? "127.0.0.1" : host;
  }

  private static boolean isWildcard(String host) {
    try {
      return InetAddress.ofLiteral(host).isAnyLocalAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Returns whether {@code host} can be reached from outside only through Tor. */
  private static boolean isLoopback(String host) {
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return host.equalsIgnoreCase("localhost");
    }
  }

  private static void logAddresses(PublicKey towerId, List<PublicAddress> addresses) {
    for (PublicAddress address : addresses) {
      log.atInfo()
          .addKeyValue("for", address.client() == Client.LND ? "lnd" : "teos")
          .addKeyValue("uri", address.uri(towerId))
          .log("public address");
    }
  }

  /** Returns the address at which the public API listens. It need not be reachable from outside. */
  public HostPort listensAt() {
    return new HostPort(config.api().host(), config.api().port());
  }

  /**
   * Returns the addresses at which the tower can currently be reached from outside: the configured
   * ones, or else a global address that it listens at; and the onion service.
   */
  public List<PublicAddress> addresses() {
    List<PublicAddress> addresses = new ArrayList<>();
    List<Config.PublicAddress> configured = config.publicAccess().publicAddresses();
    configured.forEach(
        each -> addresses.add(new PublicAddress(Client.TEOS, each.at(), each.tls())));
    if (configured.isEmpty() && apiIsGlobal) {
      addresses.add(new PublicAddress(Client.TEOS, listensAt(), certificates != null));
    }
    if (config.lnd().support()) {
      int port = config.lnd().endpoint().port();
      configured.stream()
          .map(each -> each.at().withPort(port))
          .filter(at -> at.isOnion() || !isLoopback(config.lnd().endpoint().host()))
          .forEach(at -> addresses.add(new PublicAddress(Client.LND, at, false)));
      if (configured.isEmpty() && lndIsGlobal) {
        HostPort at = new HostPort(config.lnd().endpoint().host(), port);
        addresses.add(new PublicAddress(Client.LND, at, false));
      }
    }
    OnionService service = onion;
    if (service != null) {
      service.address().map(this::ofOnion).ifPresent(addresses::addAll);
    }
    return addresses.stream().distinct().toList();
  }

  private List<PublicAddress> ofOnion(String host) {
    List<PublicAddress> addresses = new ArrayList<>();
    addresses.add(
        new PublicAddress(
            Client.TEOS, new HostPort(host, config.tor().hiddenServicePort()), false));
    if (config.lnd().support()) {
      HostPort at = new HostPort(host, config.lnd().endpoint().port());
      addresses.add(new PublicAddress(Client.LND, at, false));
    }
    return addresses;
  }

  private static boolean isGlobal(String host) {
    try {
      return GlobalAddress.isGlobal(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Stops everything that {@link #start} has started. */
  @Override
  public void close() {
    if (certificates != null) {
      certificates.close();
    }
    OnionService service = onion;
    if (service != null) {
      service.close();
    }
  }
}
