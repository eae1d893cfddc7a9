package teos.teosd.http;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request comes from: the address of who is connected or, if that is a named proxy, of whom
 * it says that it asks for.
 *
 * <p>{@code X-Forwarded-For} lists addresses with commas between, and each proxy appends whom it
 * has been asked by. What a client itself has written there stands to the left of what the first
 * proxy has added, so it is read from the right, and no further than to the first address that is
 * not a named proxy's: what stands there nobody can choose.
 *
 * <p>Of what Tor hands over the header is never believed: Tor changes nothing in requests, and with
 * a proxy on this machine both come from the same address.
 */
public final class ClientAddress {

  private static final String FORWARDED_FOR = "X-Forwarded-For";

  /** An address as some proxies write it: with a port, and IPv6 in brackets then. */
  private static final Pattern WITH_PORT =
      Pattern.compile("\\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}");

  private final List<IpBlock> proxies;

  /**
   * @param proxies addresses and blocks of them, such as {@code 127.0.0.1} and {@code 10.0.0.0/8},
   *     of which the header is believed; none of them for no proxy
   * @throws IllegalArgumentException if one is neither; the message says which, and what was
   *     expected
   */
  public ClientAddress(List<String> proxies) {
    this.proxies = proxies.stream().map(IpBlock::parse).toList();
  }

  /** The address of who has sent the request of {@code exchange}. */
  public InetAddress of(HttpExchange exchange) {
    return exchange.port().equals(ListenerOptions.ONION)
        ? exchange.peer()
        : of(exchange.peer(), exchange.headers(FORWARDED_FOR));
  }

  /** Whether {@code peer} may stand for many users: a configured proxy, or this machine itself. */
  public boolean isShared(InetAddress peer) {
    return peer.isLoopbackAddress() || isProxy(peer);
  }

  /**
   * The same at a port of {@code bound}: what is connected from the address that it is connected to
   * is on this machine, such as Tor.
   */
  public boolean isSharedAt(@Nullable InetAddress bound, InetAddress peer) {
    return isShared(peer) || peer.equals(bound);
  }

  /**
   * @param peer who is connected
   * @param forwardedFor the values of X-Forwarded-For, in the order in which they have been sent
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
        return peer; // what stands further to the left is anybody's
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
