package teos.teosd.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The part of an address by which clients are counted. */
public final class ClientNetwork {

  private static final int IPV6_NETWORK_BYTES = 8;

  private ClientNetwork() {}

  /**
   * Returns {@code address} itself for IPv4, and its network of 64 bits for IPv6: a host commonly
   * has all addresses of such a network.
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
      throw new IllegalStateException(e); // the length is that of an address
    }
  }
}
