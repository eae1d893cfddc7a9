package teos.teosd.net;

import teos.protocol.HostPort;
import teos.protocol.PublicKey;

/**
 * Address at which one kind of client reaches the tower from outside.
 *
 * @param tls whether clients connect with TLS ({@code https://})
 */
public record PublicAddress(Client client, HostPort at, boolean tls) {

  /** Kinds of clients, by the protocol they speak. */
  public enum Client {
    /** The HTTP API: rust-teos, python-teos, teos-client. */
    TEOS,
    /** lnd's protocol. */
    LND
  }

  /**
   * Returns the address to give to a client: {@code TOWER_ID@HOST:PORT}, with {@code https://}
   * before the host.
   */
  public String uri(PublicKey towerId) {
    return towerId + "@" + (tls ? "https://" : "") + at;
  }
}
