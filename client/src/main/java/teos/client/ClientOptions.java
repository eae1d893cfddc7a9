package teos.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import teos.client.wire.SocksProxy;
import teos.client.wire.TowerAddress;
import teos.client.wire.TrustedCertificates;

/**
 * Options of a {@link TowerClient}. Immutable: each {@code with} method returns a changed copy.
 *
 * @param proxy SOCKS5 proxy for all connections to towers
 * @param trustedCertificates certificates to trust for {@code https}, instead of the system's
 * @param addressOverride address to use instead of each tower's saved one
 * @param keyFile file of the user's key, instead of {@code user_sk.der} in the folder
 * @param timeout limit for each request as a whole, and for waiting for another sender
 * @param backoff delays of the background sender
 */
public record ClientOptions(
    Optional<SocksProxy> proxy,
    Optional<TrustedCertificates> trustedCertificates,
    Optional<TowerAddress> addressOverride,
    Optional<Path> keyFile,
    Duration timeout,
    Backoff backoff) {

  /**
   * Uses no proxy, the system's certificates, saved addresses, a timeout of 30 seconds and {@link
   * Backoff#DEFAULT}.
   */
  public static final ClientOptions DEFAULT =
      new ClientOptions(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Duration.ofSeconds(30),
          Backoff.DEFAULT);

  public ClientOptions withProxy(SocksProxy newProxy) {
    return new ClientOptions(
        Optional.of(newProxy), trustedCertificates, addressOverride, keyFile, timeout, backoff);
  }

  public ClientOptions withTrustedCertificates(TrustedCertificates certificates) {
    return new ClientOptions(
        proxy, Optional.of(certificates), addressOverride, keyFile, timeout, backoff);
  }

  public ClientOptions withAddressOverride(TowerAddress address) {
    return new ClientOptions(
        proxy, trustedCertificates, Optional.of(address), keyFile, timeout, backoff);
  }

  public ClientOptions withKeyFile(Path file) {
    return new ClientOptions(
        proxy, trustedCertificates, addressOverride, Optional.of(file), timeout, backoff);
  }

  public ClientOptions withTimeout(Duration newTimeout) {
    return new ClientOptions(
        proxy, trustedCertificates, addressOverride, keyFile, newTimeout, backoff);
  }

  public ClientOptions withBackoff(Backoff newBackoff) {
    return new ClientOptions(
        proxy, trustedCertificates, addressOverride, keyFile, timeout, newBackoff);
  }
}
