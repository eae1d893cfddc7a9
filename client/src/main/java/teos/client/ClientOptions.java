package teos.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import teos.client.wire.SocksProxy;
import teos.client.wire.TowerAddress;
import teos.client.wire.TrustedCertificates;

/**
 * How a {@link TowerClient} goes about it. Immutable: each {@code with} method returns a changed
 * copy.
 *
 * @param proxy through which all towers are reached
 * @param trusted certificates that towers over {@code https} are trusted by, in place of the
 *     system's
 * @param address in place of the saved one of whatever tower is spoken to
 * @param keyFile in place of {@code user_sk.der} in the folder
 * @param timeout for each request as a whole, and for waiting until another sender is done
 */
public record ClientOptions(
    Optional<SocksProxy> proxy,
    Optional<TrustedCertificates> trustedCertificates,
    Optional<TowerAddress> addressOverride,
    Optional<Path> keyFile,
    Duration timeout,
    Backoff backoff) {

  /**
   * No proxy, the system's certificates, saved addresses, 30 seconds a request, {@link
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

  public ClientOptions withProxy(SocksProxy through) {
    return new ClientOptions(
        Optional.of(through), trustedCertificates, addressOverride, keyFile, timeout, backoff);
  }

  public ClientOptions withTrustedCertificates(TrustedCertificates certificates) {
    return new ClientOptions(
        proxy, Optional.of(certificates), addressOverride, keyFile, timeout, backoff);
  }

  public ClientOptions withAddressOverride(TowerAddress instead) {
    return new ClientOptions(
        proxy, trustedCertificates, Optional.of(instead), keyFile, timeout, backoff);
  }

  public ClientOptions withKeyFile(Path file) {
    return new ClientOptions(
        proxy, trustedCertificates, addressOverride, Optional.of(file), timeout, backoff);
  }

  public ClientOptions withTimeout(Duration each) {
    return new ClientOptions(proxy, trustedCertificates, addressOverride, keyFile, each, backoff);
  }

  public ClientOptions withBackoff(Backoff between) {
    return new ClientOptions(
        proxy, trustedCertificates, addressOverride, keyFile, timeout, between);
  }
}
