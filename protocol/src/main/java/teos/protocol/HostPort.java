package teos.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Host and port, written as {@code tower.example:9814}, {@code 192.0.2.1:9814} or {@code
 * [2001:db8::1]:9814}. The host is an IP address, or a name that the system or Tor may resolve,
 * including names of container networks such as {@code my_bitcoind} and {@code bitcoind.1}. It is
 * not resolved here.
 *
 * @param host without brackets
 * @param port 0 to 65,535
 */
public record HostPort(String host, int port) {

  /** The highest TCP port. */
  public static final int MAX_PORT = 65_535;

  private static final int IPV6_GROUPS = 8;

  /**
   * Labels of up to 63 characters (RFC 1035). {@code _} is allowed, because names in container
   * networks contain it.
   */
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\\.?");

  private static final int MAX_NAME = 253;
  private static final Pattern ONLY_NUMBERS = Pattern.compile("[0-9.]+");
  private static final Pattern ZONE = Pattern.compile("[\\w.-]+");
  private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
  private static final Pattern IPV4 = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");

  /**
   * @throws IllegalArgumentException if the host is not valid, or the port is out of range
   */
  public HostPort {
    if (!isHost(host)) {
      throw new IllegalArgumentException(
          "\"" + host + "\" is neither a host name nor an IP address");
    }
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("port " + port + " is out of range: 0 to " + MAX_PORT);
    }
  }

  /** Returns whether {@code text} is a host name or an IP address, IPv6 without brackets. */
  public static boolean isHost(String text) {
    boolean isName = text.length() <= MAX_NAME && NAME.matcher(text).matches();
    return ONLY_NUMBERS.matcher(text).matches() ? isIpv4(text) : isName || isIpv6(text);
  }

  private static boolean isIpv4(String text) {
    return IPV4.matcher(text).matches()
        && Arrays.stream(text.split("\\.", -1)).mapToInt(Integer::parseInt).allMatch(n -> n <= 255);
  }

  /**
   * Returns whether {@code text} is an IPv6 address, with or without a zone (RFC 4291, RFC 4007).
   */
  private static boolean isIpv6(String text) {
    int zone = text.indexOf('%');
    if (zone >= 0 && !ZONE.matcher(text.substring(zone + 1)).matches()) {
      return false;
    }
    String address = zone < 0 ? text : text.substring(0, zone);
    int gap = address.indexOf("::");
    if (gap < 0) {
      return groups(address) == IPV6_GROUPS;
    }
    return groups(address.substring(0, gap)) + groups(address.substring(gap + 2)) < IPV6_GROUPS;
  }

  /** Returns the number of 16-bit groups in {@code text}; more than 8 if it is malformed. */
  private static int groups(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    int groups = 0;
    for (String group : text.split(":", -1)) {
      boolean isIpv4 = text.endsWith(group) && isIpv4(group);
      if (!isIpv4 && !GROUP.matcher(group).matches()) {
        return 2 * IPV6_GROUPS;
      }
      groups += isIpv4 ? 2 : 1;
    }
    return groups;
  }

  /**
   * Parses {@code HOST:PORT}.
   *
   * @throws IllegalArgumentException if {@code text} is malformed
   */
  public static HostPort parse(String text) {
    return parse(text, -1);
  }

  /**
   * Parses {@code HOST} or {@code HOST:PORT}. An IPv6 address needs brackets only before a port.
   *
   * @param defaultPort port if {@code text} has none; negative if a port is required
   * @throws IllegalArgumentException if {@code text} is malformed
   */
  public static HostPort parse(String text, int defaultPort) {
    String host = text;
    String port = "";
    int bracket = text.indexOf(']');
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[") && bracket > 0) {
      host = text.substring(1, bracket);
      port = text.substring(bracket + 1);
      if (!isIpv6(host) || (!port.isEmpty() && !port.startsWith(":"))) {
        throw malformed(text);
      }
      port = port.isEmpty() ? "" : port.substring(1);
      if (port.isEmpty() && text.endsWith(":")) {
        throw malformed(text);
      }
    } else if (colon >= 0 && !isIpv6(text)) {
      host = text.substring(0, colon);
      port = text.substring(colon + 1);
      if (port.isEmpty()) {
        throw malformed(text);
      }
    }
    if ((port.isEmpty() && defaultPort < 0) || port.length() > 5 || !port.matches("[0-9]*")) {
      throw malformed(text);
    }
    return new HostPort(host, port.isEmpty() ? defaultPort : Integer.parseInt(port));
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not HOST:PORT, for example tower.example:9814");
  }

  /** Returns whether the host is an IPv6 address. */
  public boolean isIpv6() {
    return host.indexOf(':') >= 0;
  }

  /** Returns whether the host is an onion service ({@code .onion}). */
  public boolean isOnion() {
    return host.toLowerCase(Locale.ROOT).endsWith(".onion");
  }

  /** Returns the same host with another port. */
  public HostPort withPort(int other) {
    return new HostPort(host, other);
  }

  /** Returns {@code HOST:PORT}, with an IPv6 address in brackets. */
  @Override
  public String toString() {
    return (isIpv6() ? "[" + host + "]" : host) + ":" + port;
  }
}
