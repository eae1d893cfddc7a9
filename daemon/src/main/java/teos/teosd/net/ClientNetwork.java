package teos.teosd.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Part of a client's address that limits apply to. */
public final class ClientNetwork {

  private static final int IPV6_NETWORK_BYTES = 8;

  private ClientNetwork() {}

  /**
   * Returns an IPv4 address unchanged, and the /64 network of an IPv6 address: a host usually has
   * all addresses of such a network.
   */
  public static InetAddress of(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    Arrays.fill(bytes, IPV6_NETWORK_BYTES, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // cannot happen: the length is valid
    }
  }
}
