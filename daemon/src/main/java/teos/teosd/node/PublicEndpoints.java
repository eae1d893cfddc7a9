package teos.teosd;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import teos.config.Config;
import teos.rpc.tls.CertificateFiles;
import teos.rpc.v2.NetworkAddress;
import teos.rpc.v2.NetworkAddress.AddressType;
import teos.teosd.http.ClientAddress;
import teos.teosd.http.ListenerOptions;
import teos.teosd.http.PublicApi;
import teos.teosd.net.ConnectionLimiter;
import teos.teosd.tor.OnionService;

/** How users come to the public API: by TLS, through proxies, through Tor. */
final class PublicReach implements AutoCloseable {

  /** Some 15 kB each, whatever is done with them. */
  private static final int MAX_CONNECTIONS = 1_000;

  private static final int MAX_CONNECTIONS_OF_ADDRESS = 256;

  private final Config config;
  private final @Nullable CertificateFiles certificates;
  private final ListenerOptions options;
  private volatile @Nullable OnionService onion;

  private PublicReach(Config config, @Nullable CertificateFiles certificates, ClientAddress clients) {
    this.config = config;
    this.certificates = certificates;
    this.options =
        new ListenerOptions(
            certificates == null ? null : certificates.context(),
            config.tor().support(),
            clients,
            new ConnectionLimiter(
                MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ADDRESS, clients::isShared));
  }

  /**
   * Checks what the configuration says of it, and starts nothing: a tower whose files are wrong is
   * to say so before it catches up with the chain.
   *
   * @throws StartupException if a proxy is no address, or if the certificate cannot be used
   */
  static PublicReach of(Config config) throws StartupException {
    ClientAddress clients = clients(config.reach().proxies());
    return new PublicReach(config, certificates(config.reach().tls().orElse(null)), clients);
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

  /** For the public API. */
  ListenerOptions options() {
    return options;
  }

  /** Keeps it up, now that {@code api} has been started. */
  void keepUp(PublicApi api) {
    if (certificates != null) {
      certificates.start();
    }
    Config.Tor tor = config.tor();
    if (tor.support()) {
      onion =
          OnionService.start(
              tor.controlPort(),
              tor.controlPassword(),
              tor.hiddenServicePort(),
              api.onionPort(),
              config.dataDir());
    }
  }

  /** Where the public API is, now. */
  List<NetworkAddress> addresses() {
    List<NetworkAddress> addresses = new ArrayList<>();
    addresses.add(address(AddressType.IpV4, config.api().host(), config.api().port()));
    OnionService service = onion;
    if (service != null) {
      service
          .address()
          .map(host -> address(AddressType.TorV3, host, config.tor().hiddenServicePort()))
          .ifPresent(addresses::add);
    }
    return addresses;
  }

  private static NetworkAddress address(AddressType type, String host, int port) {
    return NetworkAddress.newBuilder()
        .setAddressType(type)
        .setAddress(host)
        .setPort(port)
        .build();
  }

  /** Stops what {@link #keepUp} has started. */
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
