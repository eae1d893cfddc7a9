package teos.teosd.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A block of IP addresses: all whose first bits are those of one address.
 *
 * @param first its first address
 * @param length how many bits are the block's, 0 to 32 of IPv4, 0 to 128 of IPv6
 */
record IpBlock(InetAddress first, int length) {

  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,3}");
  private static final Pattern DECIMAL =
      Pattern.compile("(?:(?:0|[1-9][0-9]{0,2})\\.){3}(?:0|[1-9][0-9]{0,2})");
  private static final Pattern HEXADECIMAL = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /**
   * Reads an address or, with a slash and a length behind it, a block.
   *
   * @throws IllegalArgumentException if it is neither; the message says why
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
              + "\" is no IP address and no block of them: expected such as 127.0.0.1,"
              + " 10.0.0.0/8 or 2001:db8::/32",
          e);
    }
    int bits = 8 * address.getAddress().length;
    if (parts.length == 1) {
      return new IpBlock(address, bits);
    }
    if (!LENGTH.matcher(parts[1]).matches() || Integer.parseInt(parts[1]) > bits) {
      throw new IllegalArgumentException(
          "\"" + text + "\": expected a number from 0 to " + bits + " behind the slash");
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
   * Reads an IP address, which never asks a name server. An IPv4 address written as IPv6 is the
   * IPv4 address.
   *
   * @throws IllegalArgumentException if it is none, or has a zone
   */
  static InetAddress address(String text) {
    // Java takes "1", and zones, which mean nothing on another machine.
    if (!DECIMAL.matcher(text).matches() && !HEXADECIMAL.matcher(text).matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is no IP address");
    }
    return InetAddress.ofLiteral(text);
  }

  /** Whether {@code address} is one of these. */
  boolean contains(InetAddress address) {
    byte[] own = first.getAddress();
    byte[] other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    int whole = length / 8;
    for (int i = 0; i < whole; i++) {
      if (own[i] != other[i]) {
        return false;
      }
    }
    int mask = mask(length % 8);
    return mask == 0 || (own[whole] & mask) == (other[whole] & mask);
  }

  private InetAddress lowest() {
    byte[] bytes = first.getAddress();
    for (int i = length / 8; i < bytes.length; i++) {
      bytes[i] = i == length / 8 ? (byte) (bytes[i] & mask(length % 8)) : 0;
    }
    return of(bytes);
  }

  /** The byte whose first {@code bits} are set. */
  private static int mask(int bits) {
    return 0xff00 >> bits & 0xff;
  }

  private static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
