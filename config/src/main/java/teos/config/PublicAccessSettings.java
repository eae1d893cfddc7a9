package teos.config;

import static teos.config.Setting.API_PORT;
import static teos.config.Setting.API_PROXIES;
import static teos.config.Setting.API_TLS_CERTIFICATE;
import static teos.config.Setting.API_TLS_KEY;
import static teos.config.Setting.PUBLIC_ADDRESSES;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import teos.protocol.HostPort;

/** Derives how users reach the public API from the checked settings. */
record PublicAccessSettings(LayeredSettings settings, Locations locations) {

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  Config.PublicAccess publicAccess() throws ConfigException {
    Optional<Config.TlsFiles> tls = tls();
    return new Config.PublicAccess(
        publicAddresses(tls.isPresent()), tls, settings.list(API_PROXIES));
  }

  private List<Config.PublicAddress> publicAddresses(boolean apiOverTls) throws ConfigException {
    List<Config.PublicAddress> addresses = new ArrayList<>();
    for (String text : settings.list(PUBLIC_ADDRESSES)) {
      try {
        addresses.add(publicAddress(text, settings.intValue(API_PORT), apiOverTls));
      } catch (IllegalArgumentException e) {
        throw PUBLIC_ADDRESSES.error(
            settings.effective(PUBLIC_ADDRESSES).orElseThrow(), String.valueOf(e.getMessage()));
      }
    }
    return addresses;
  }

  /**
   * Parses one address. With {@code https://} or {@code http://} it is the address of a proxy, and
   * has the default port of that scheme.
   */
  private static Config.PublicAddress publicAddress(String text, int apiPort, boolean apiOverTls) {
    boolean https = text.startsWith("https://");
    boolean http = text.startsWith("http://");
    String rest = https || http ? text.substring(text.indexOf("//") + 2) : text;
    HostPort at = HostPort.parse(rest, https ? HTTPS_PORT : http ? HTTP_PORT : apiPort);
    if (at.port() == 0) {
      throw new IllegalArgumentException("\"" + text + "\" has port 0; expected 1 to 65535");
    }
    if (!GlobalAddress.mayBePublic(at.host())) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" cannot be reached from outside; expected a host name, a global IP address or a"
              + " v3 onion address. For a private network, use a host name that resolves there");
    }
    return new Config.PublicAddress(at, https || (apiOverTls && !http && !at.isOnion()));
  }

  private Optional<Config.TlsFiles> tls() throws ConfigException {
    Optional<RawSetting> certificate = settings.effective(API_TLS_CERTIFICATE);
    Optional<RawSetting> key = settings.effective(API_TLS_KEY);
    if (certificate.isEmpty() != key.isEmpty()) {
      Setting present = key.isEmpty() ? API_TLS_CERTIFICATE : API_TLS_KEY;
      Setting missing = key.isEmpty() ? API_TLS_KEY : API_TLS_CERTIFICATE;
      throw present.error(
          certificate.or(() -> key).orElseThrow(), "needs " + missing.key() + " too");
    }
    return certificate.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Config.TlsFiles(
                locations.resolve(settings.text(API_TLS_CERTIFICATE)),
                locations.resolve(settings.text(API_TLS_KEY))));
  }
}
