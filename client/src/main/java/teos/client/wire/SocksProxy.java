package teos.client.wire;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.Locale;
import teos.protocol.HostPort;

/**
 * SOCKS5 proxy, such as Tor's. The proxy resolves host names: only Tor can resolve {@code .onion},
 * and a local DNS query would reveal the tower.
 */
public record SocksProxy(String host, int port) {

  private static final int DEFAULT_PORT = 1080;

  /**
   * Parses {@code socks5://host:port}; {@code socks5h} means the same.
   *
   * @throws IllegalArgumentException if {@code text} is anything else
   */
  public static SocksProxy parse(String text) {
    int separator = text.indexOf("://");
    String scheme = separator < 0 ? "" : text.substring(0, separator).toLowerCase(Locale.ROOT);
    if (!scheme.equals("socks5") && !scheme.equals("socks5h")) {
      throw new IllegalArgumentException("socks5://host:port is expected, not '" + text + "'");
    }
    String authority = text.substring(separator + 3).replaceFirst("/$", "");
    if (authority.contains("@")) {
      throw new IllegalArgumentException(
          "socks5://host:port without a user is expected, not '" + text + "'");
    }
    HostPort hostPort = HostPort.parse(authority, DEFAULT_PORT);
    return new SocksProxy(hostPort.host(), hostPort.port());
  }

  Proxy toProxy() {
    return new Proxy(Proxy.Type.SOCKS, InetSocketAddress.createUnresolved(host, port));
  }

  @Override
  public String toString() {
    return "socks5://" + new HostPort(host, port);
  }
}
