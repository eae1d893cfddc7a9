package teos.teosd.http;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import teos.teosd.net.ConnectionLimiter;

/**
 * How users come to the public API.
 *
 * @param tls what it speaks TLS 1.2 and 1.3 with; none for plain HTTP
 * @param onion whether there is a second port, for a Tor on this machine to hand connections to:
 *     plain HTTP on loopback, as they are encrypted on their way already
 * @param clients tells where a request comes from
 * @param connections limits the connections of all ports that strangers reach
 */
public record ListenerOptions(
    @Nullable SSLContext tls, boolean onion, ClientAddress clients, ConnectionLimiter connections) {

  /** The name of the second port's listener. */
  static final String ONION = "onion";
}
