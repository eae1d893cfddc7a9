package teos.client.wire;

import java.net.IDN;
import java.util.Locale;
import okhttp3.HttpUrl;
import teos.protocol.HostPort;

/**
 * Where a tower's public API is.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name or an IP address; IPv6 without brackets
 */
public record TowerAddress(String scheme, String host, int port) {

  /** The port that towers listen at. */
  public static final int DEFAULT_PORT = 9814;

  /**
   * @throws IllegalArgumentException if no URL can be made of it
   */
  public TowerAddress {
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("http or https is expected, not " + scheme);
    }
    if (port < 1 || port > HostPort.MAX_PORT) {
      throw new IllegalArgumentException(
          "a port is from 1 to " + HostPort.MAX_PORT + ", not " + port);
    }
    try {
      host = new HttpUrl.Builder().scheme(scheme).host(host).port(port).build().host();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + host + "' is not a host name or an IP address", e);
    }
  }

  /**
   * Reads {@code host}, {@code host:port} or either with {@code http://} or {@code https://} before
   * it. An IPv6 address with a port stands in brackets.
   *
   * @param defaultPort where none is given
   * @throws IllegalArgumentException if {@code text} is none of these
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

  /** A URL without a path, such as {@code http://[::1]:9814}. */
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
