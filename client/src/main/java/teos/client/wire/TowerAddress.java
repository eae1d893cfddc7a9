package teos.client.wire;

import java.net.IDN;
import java.util.Locale;
import okhttp3.HttpUrl;
import teos.protocol.HostPort;

/**
 * Address of a tower's public API.
 *
 * @param scheme {@code http} or {@code https}
 * @param host host name or IP address; IPv6 without brackets
 */
public record TowerAddress(String scheme, String host, int port) {

  /** Default port of towers. */
  public static final int DEFAULT_PORT = 9814;

  /**
   * @throws IllegalArgumentException if the parts do not form a URL
   */
  public TowerAddress {
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("http or https is expected, not " + scheme);
    }
    if (port < 1 || port > HostPort.MAX_PORT) {
      throw new IllegalArgumentException(
          "a port from 1 to " + HostPort.MAX_PORT + " is expected, not " + port);
    }
    try {
      host = new HttpUrl.Builder().scheme(scheme).host(host).port(port).build().host();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + host + "' is not a host name or an IP address", e);
    }
  }

  /**
   * Parses {@code host} or {@code host:port}, optionally preceded by {@code http://} or {@code
   * https://}. An IPv6 address with a port must be in brackets.
   *
   * @param defaultPort port to use if {@code text} has none
   * @throws IllegalArgumentException if {@code text} has another form
   */
  public static TowerAddress parse(String text, int defaultPort) {
    String rest = text;
    String scheme = "http";
    int separator = text.indexOf("://");
    if (separator >= 0) {
      scheme = text.substring(0, separator).toLowerCase(Locale.ROOT);
      rest = text.substring(separator + 3);
    }
    if (rest.endsWith("/")) {
      rest = rest.substring(0, rest.length() - 1);
    }
    HostPort hostPort = HostPort.parse(IDN.toASCII(rest), defaultPort);
    return new TowerAddress(scheme, hostPort.host(), hostPort.port());
  }

  /** Returns a URL without a path, such as {@code http://[::1]:9814}. */
  @Override
  public String toString() {
    return scheme + "://" + hostPort();
  }

  HostPort hostPort() {
    return new HostPort(host, port);
  }

  boolean isOnion() {
    return hostPort().isOnion();
  }

  HttpUrl url(String path) {
    return new HttpUrl.Builder().scheme(scheme).host(host).port(port).encodedPath(path).build();
  }
}
