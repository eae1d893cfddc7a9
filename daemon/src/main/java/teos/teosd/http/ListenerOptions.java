package teos.teosd.http;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import teos.teosd.net.ConnectionLimiter;

/**
 * Options of the public API's ports.
 *
 * @param tls context for TLS 1.2 and 1.3; null for plain HTTP
 * @param onion whether a second port accepts connections from a Tor on this machine: plain HTTP on
 *     loopback, because Tor already encrypts
 * @param clients determines the client address of a request
 * @param connections limits the connections of all public ports together
 */
public record ListenerOptions(
    @Nullable SSLContext tls, boolean onion, ClientAddress clients, ConnectionLimiter connections) {

  /** Name of the port for Tor. */
  static final String ONION = "onion";
}
