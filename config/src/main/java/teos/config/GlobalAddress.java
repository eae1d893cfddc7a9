package teos.config;

import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells hosts that all of the Internet, or Tor, can reach from those that only some machines can.
 */
public final class GlobalAddress {

  /** Version 3 (rend-spec-v3, section 6), maybe with subdomains. */
  private static final Pattern ONION = Pattern.compile("([\\w-]+\\.)*[a-z2-7]{56}\\.onion");

  private GlobalAddress() {}

  /** Whether all of the Internet can reach {@code address}, as far as it can tell. */
  public static boolean isGlobal(InetAddress address) {
    return !address.isAnyLocalAddress()
        && !address.isLoopbackAddress()
        && !address.isSiteLocalAddress()
        && !address.isLinkLocalAddress()
        && !address.isMulticastAddress()
        && (address.getAddress()[0] & 0xfe) != 0xfc // IPv6's unique local addresses (RFC 4193)
        && !isShared(address.getAddress());
  }

  /** Whether it is of 100.64.0.0/10, which providers and VPNs have behind NAT (RFC 6598). */
  private static boolean isShared(byte[] address) {
    return address.length == 4 && address[0] == 100 && (address[1] & 0xc0) == 0x40;
  }

  /**
   * Whether {@code host} can be reached from outside: a global address, a v3 onion address, or a
   * name other than this machine's own, which need not resolve here.
   */
  static boolean mayBePublic(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
    if (name.endsWith(".onion")) {
      return ONION.matcher(name).matches();
    }
    try {
      return isGlobal(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return host.indexOf(':') < 0 && !name.equals("localhost") && !name.endsWith(".localhost");
    }
  }
}
