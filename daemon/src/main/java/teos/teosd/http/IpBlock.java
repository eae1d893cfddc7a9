package teos.teosd.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * Block of IP addresses with a common prefix (CIDR).
 *
 * @param first the block's first address
 * @param length bits of the prefix: 0 to 32 for IPv4, 0 to 128 for IPv6
 */
record IpBlock(InetAddress first, int length) {

  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,3}");
  private static final Pattern DECIMAL =
      Pattern.compile("(?:(?:0|[1-9][0-9]{0,2})\\.){3}(?:0|[1-9][0-9]{0,2})");
  private static final Pattern HEXADECIMAL = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /**
   * Parses an address, or a block as an address with a slash and a prefix length.
   *
   * @throws IllegalArgumentException if {@code text} is neither; the message says why
   */
  static IpBlock parse(String text) {
    String[] parts = text.split("/", 2);
    InetAddress address;
    try {
      address = address(parts[0]);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not an IP address or block; expected for example 127.0.0.1,"
              + " 10.0.0.0/8 or 2001:db8::/32",
          e);
    }
    int bits = 8 * address.getAddress().length;
    if (parts.length == 1) {
      return new IpBlock(address, bits);
    }
    if (!LENGTH.matcher(parts[1]).matches() || Integer.parseInt(parts[1]) > bits) {
      throw new IllegalArgumentException(
          "\"" + text + "\": expected a number from 0 to " + bits + " after the slash");
    }
    IpBlock block = new IpBlock(address, Integer.parseInt(parts[1]));
    if (!block.first.equals(block.lowest())) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not the first address of its block, which is "
              + block.lowest().getHostAddress()
              + "/"
              + block.length);
    }
    return block;
  }

  /**
   * Parses an IP address without asking a name server. An IPv4-mapped IPv6 address gives the IPv4
   * address.
   *
   * @throws IllegalArgumentException if {@code text} is not an address, or has a zone
   */
  static InetAddress address(String text) {
    // Java also accepts "1", and zones, which have no meaning on another machine.
    if (!DECIMAL.matcher(text).matches() && !HEXADECIMAL.matcher(text).matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is not an IP address");
    }
    return InetAddress.ofLiteral(text);
  }

  /** Returns whether the block contains {@code address}. */
  boolean contains(InetAddress address) {
    byte[] own = first.getAddress();
    byte[] other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    int wholeBytes = length / 8;
    for (int i = 0; i < wholeBytes; i++) {
      if (own[i] != other[i]) {
        return false;
      }
    }
    int mask = mask(length % 8);
    return mask == 0 || (own[wholeBytes] & mask) == (other[wholeBytes] & mask);
  }

  private InetAddress lowest() {
    byte[] bytes = first.getAddress();
    for (int i = length / 8; i < bytes.length; i++) {
      bytes[i] = i == length / 8 ? (byte) (bytes[i] & mask(length % 8)) : 0;
    }
    return of(bytes);
  }

  /** Returns a byte with the first {@code bits} bits set. */
  private static int mask(int bits) {
    return 0xff00 >> bits & 0xff;
  }

  private static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are always an address", e);
    }
  }
}
