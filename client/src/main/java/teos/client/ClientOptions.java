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
    Optional<TrustedCertificates> trusted,
    Optional<TowerAddress> address,
    Optional<Path> keyFile,
    Duration timeout,
    Backoff backoff) {

  /**
   * No proxy, the system's certificates, saved addresses, 30 seconds a request, {@link
   * Backoff#USUAL}.
   */
  public static final ClientOptions DEFAULT =
      new ClientOptions(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Duration.ofSeconds(30),
          Backoff.USUAL);

  public ClientOptions withProxy(SocksProxy through) {
    return new ClientOptions(Optional.of(through), trusted, address, keyFile, timeout, backoff);
  }

  public ClientOptions withTrusted(TrustedCertificates certificates) {
    return new ClientOptions(proxy, Optional.of(certificates), address, keyFile, timeout, backoff);
  }

  public ClientOptions withAddress(TowerAddress instead) {
    return new ClientOptions(proxy, trusted, Optional.of(instead), keyFile, timeout, backoff);
  }

  public ClientOptions withKeyFile(Path file) {
    return new ClientOptions(proxy, trusted, address, Optional.of(file), timeout, backoff);
  }

  public ClientOptions withTimeout(Duration each) {
    return new ClientOptions(proxy, trusted, address, keyFile, each, backoff);
  }

  public ClientOptions withBackoff(Backoff between) {
    return new ClientOptions(proxy, trusted, address, keyFile, timeout, between);
  }
}
