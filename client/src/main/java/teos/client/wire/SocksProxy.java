package teos.client.wire;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.Locale;
import teos.protocol.HostPort;

/**
 * A SOCKS5 proxy, such as Tor's. It gets names and not addresses, so that it resolves them, which
 * for .onion nobody else can, and nobody here learns which tower is asked for.
 */
public record SocksProxy(String host, int port) {

  private static final int DEFAULT_PORT = 1080;

  /**
   * Reads {@code socks5://host:port}; {@code socks5h} is the same here.
   *
   * @throws IllegalArgumentException if {@code text} is anything else
   */
  public static SocksProxy parse(String text) {
    int separator = text.indexOf("://");
    String scheme = separator < 0 ? "" : text.substring(0, separator).toLowerCase(Locale.ROOT);
    if (!scheme.equals("socks5") && !scheme.equals("socks5h")) {
      throw new IllegalArgumentException(
          "a proxy is written socks5://host:port, not '" + text + "'");
    }
    String at = text.substring(separator + 3).replaceFirst("/$", "");
    if (at.contains("@")) {
      throw new IllegalArgumentException(
          "a proxy is written socks5://host:port, without a user, not '" + text + "'");
    }
    HostPort hostPort = HostPort.parse(at, DEFAULT_PORT);
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
