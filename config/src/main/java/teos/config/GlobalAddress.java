package teos.config;

import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Test for hosts that are reachable from the whole Internet or through Tor, rather than only from
 * some machines.
 */
public final class GlobalAddress {

  /** Version 3 onion address (rend-spec-v3, section 6), with or without subdomains. */
  private static final Pattern ONION = Pattern.compile("([\\w-]+\\.)*[a-z2-7]{56}\\.onion");

  private GlobalAddress() {}

  /** Returns whether {@code address} is in a range that is routed on the whole Internet. */
  public static boolean isGlobal(InetAddress address) {
    return !address.isAnyLocalAddress()
        && !address.isLoopbackAddress()
        && !address.isSiteLocalAddress()
        && !address.isLinkLocalAddress()
        && !address.isMulticastAddress()
        && (address.getAddress()[0] & 0xfe) != 0xfc // IPv6's unique local addresses (RFC 4193)
        && !isShared(address.getAddress());
  }

  /** Returns whether it is in 100.64.0.0/10, which providers and VPNs use behind NAT (RFC 6598). */
  private static boolean isShared(byte[] address) {
    return address.length == 4 && address[0] == 100 && (address[1] & 0xc0) == 0x40;
  }

  /**
   * Returns whether {@code host} may be reachable from outside: a global address, a v3 onion
   * address, or a name other than {@code localhost}. The name is not resolved.
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
