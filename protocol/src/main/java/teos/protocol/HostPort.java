package teos.protocol;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A host and a port, as configuration, logs and users write them: {@code tower.example:9814}, {@code
 * 192.0.2.1:9814}, {@code [2001:db8::1]:9814}. The host is any name that the system or Tor resolves, so
 * also {@code my_bitcoind} and {@code bitcoind.1}, or an address; it is not resolved here.
 *
 * @param host without brackets
 * @param port 0 to 65,535
 */
public record HostPort(String host, int port) {

  public static final int MAX_PORT = 65_535;

  /**
   * @throws IllegalArgumentException if the host is none, or the port out of range
   */
  public HostPort {
    if (!isHost(host)) {
      throw new IllegalArgumentException("\"" + host + "\" is no host name or address");
    }
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(port + " is no port: 0 to " + MAX_PORT);
    }
  }

  private static boolean isHost(String host) {
    return !host.isEmpty()
        && host.chars()
            .allMatch(c -> c > ' ' && c < 0x7f && "/\\@?#[]\"'<>".indexOf(c) < 0)
        && (host.indexOf(':') < 0 || isIpv6(host));
  }

  /** With a colon in it, the text is never looked up as a name. */
  private static boolean isIpv6(String host) {
    int zone = host.indexOf('%');
    String address = zone < 0 ? host : host.substring(0, zone);
    if (address.indexOf(':') < 0) {
      return false;
    }
    try {
      InetAddress.getByName(address);
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /**
   * Reads {@code HOST:PORT}.
   *
   * @throws IllegalArgumentException if {@code text} is none
   */
  public static HostPort parse(String text) {
    return parse(text, -1);
  }

  /**
   * Reads {@code HOST} or {@code HOST:PORT}; an IPv6 address needs brackets only where a port follows.
   *
   * @param usualPort where none is given; negative if one must be
   * @throws IllegalArgumentException if {@code text} is none
   */
  public static HostPort parse(String text, int usualPort) {
    String host = text;
    String port = "";
    int bracket = text.indexOf(']');
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[") && bracket > 0) {
      host = text.substring(1, bracket);
      port = text.substring(bracket + 1);
      if (!isIpv6(host) || !port.isEmpty() && !port.startsWith(":")) {
        throw notOne(text);
      }
      port = port.isEmpty() ? "" : port.substring(1);
      if (port.isEmpty() && text.endsWith(":")) {
        throw notOne(text);
      }
    } else if (colon >= 0 && !isIpv6(text)) {
      host = text.substring(0, colon);
      port = text.substring(colon + 1);
      if (port.isEmpty()) {
        throw notOne(text);
      }
    }
    if (port.isEmpty() && usualPort < 0 || port.length() > 5 || !port.matches("[0-9]*")) {
      throw notOne(text);
    }
    return new HostPort(host, port.isEmpty() ? usualPort : Integer.parseInt(port));
  }

  private static IllegalArgumentException notOne(String text) {
    return new IllegalArgumentException("\"" + text + "\" is not HOST:PORT, such as tower.example:9814");
  }

  /** Whether the host is an IPv6 address. */
  public boolean isIpv6() {
    return host.indexOf(':') >= 0;
  }

  /** Whether the host is a name that only Tor knows. */
  public boolean isOnion() {
    return host.endsWith(".onion");
  }

  /** The same host at another port. */
  public HostPort withPort(int other) {
    return new HostPort(host, other);
  }

  /** {@code HOST:PORT}, with an IPv6 address in brackets. */
  @Override
  public String toString() {
    return (isIpv6() ? "[" + host + "]" : host) + ":" + port;
  }
}
