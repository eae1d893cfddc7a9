package teos.teosd.http;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Determines the client address of a request: the connected peer's or, if the peer is a configured
 * proxy, the one that the proxy reports.
 *
 * <p>{@code X-Forwarded-For} is a comma-separated list to which each proxy appends its own peer.
 * Anything that the client wrote stands to the left of the first proxy's entry. So the list is read
 * from the right, up to the first address that is not a configured proxy: no client can choose that
 * entry.
 *
 * <p>The header of a request from Tor is always ignored: Tor does not modify requests, and with a
 * proxy on this machine both connect from the same address.
 */
public final class ClientAddress {

  private static final String FORWARDED_FOR = "X-Forwarded-For";

  /** Address with a port, as some proxies write it; IPv6 is then in brackets. */
  private static final Pattern WITH_PORT =
      Pattern.compile("\\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}");

  private final List<IpBlock> proxies;

  /**
   * @param proxies trusted proxies: addresses and blocks, such as {@code 127.0.0.1} and {@code
   *     10.0.0.0/8}; empty for no proxy
   * @throws IllegalArgumentException if one is invalid; the message says which and what was
   *     expected
   */
  public ClientAddress(List<String> proxies) {
    this.proxies = proxies.stream().map(IpBlock::parse).toList();
  }

  /** Returns the client address of the request of {@code exchange}. */
  public InetAddress of(HttpExchange exchange) {
    return exchange.port().equals(ListenerOptions.ONION)
        ? exchange.peer()
        : of(exchange.peer(), exchange.headers(FORWARDED_FOR));
  }

  /** Returns whether {@code peer} may stand for many users: a proxy, or this machine itself. */
  public boolean isShared(InetAddress peer) {
    return peer.isLoopbackAddress() || isProxy(peer);
  }

  /**
   * Returns the same for a port that is bound to {@code bound}: a peer with that address is on this
   * machine, such as Tor.
   */
  public boolean isSharedAt(@Nullable InetAddress bound, InetAddress peer) {
    return isShared(peer) || peer.equals(bound);
  }

  /**
   * @param peer the connected address
   * @param forwardedFor values of X-Forwarded-For, in the order in which they were sent
   */
  InetAddress of(InetAddress peer, List<String> forwardedFor) {
    if (!isProxy(peer)) {
      return peer;
    }
    List<String> addresses =
        forwardedFor.stream().flatMap(value -> Arrays.stream(value.split(",", -1))).toList();
    for (String text : addresses.reversed()) {
      InetAddress address;
      try {
        address = parse(text.strip());
      } catch (IllegalArgumentException e) {
        return peer; // anything further left may be forged
      }
      if (!isProxy(address)) {
        return address;
      }
    }
    return peer;
  }

  private static InetAddress parse(String text) {
    Matcher withPort = WITH_PORT.matcher(text);
    if (!withPort.matches()) {
      return IpBlock.address(text);
    }
    return IpBlock.address(withPort.group(1) != null ? withPort.group(1) : withPort.group(2));
  }

  private boolean isProxy(InetAddress address) {
    return proxies.stream().anyMatch(block -> block.contains(address));
  }
}
