package teos.cln.tower;

import java.nio.file.Path;
import java.util.Optional;
import teos.client.ClientOptions;
import teos.client.TowerClient;
import teos.client.wire.SocksProxy;
import teos.client.wire.TowerAddress;

/**
 * Clients that share the plugin's folder: one connects directly, one through lightningd's proxy.
 */
public final class Connections implements AutoCloseable {

  private final TowerClient direct;
  private final Optional<TowerClient> proxied;
  private final boolean alwaysProxy;

  /**
   * @param alwaysProxy whether to use the proxy for all towers, not only for onion services
   */
  public Connections(Path folder, Optional<SocksProxy> proxy, boolean alwaysProxy) {
    this.direct = TowerClient.open(folder, ClientOptions.DEFAULT);
    this.proxied =
        proxy.map(found -> TowerClient.open(folder, ClientOptions.DEFAULT.withProxy(found)));
    this.alwaysProxy = alwaysProxy;
  }

  /** Returns the client for calls that contact no tower. */
  public TowerClient local() {
    return direct;
  }

  /** Returns the client for the tower at {@code address}. */
  TowerClient to(TowerAddress address) {
    return alwaysProxy || address.host().endsWith(".onion") ? proxied.orElse(direct) : direct;
  }

  @Override
  public void close() {
    direct.close();
    proxied.ifPresent(TowerClient::close);
  }
}
