package teos.config;

import static teos.config.Setting.BTC_FEED_CONNECT;
import static teos.config.Setting.BTC_FEED_PORT;
import static teos.config.Setting.BTC_FEED_PROTOCOL;
import static teos.config.Setting.BTC_MEMPOOL;
import static teos.config.Setting.BTC_MEMPOOL_FEED_PORT;
import static teos.config.Setting.BTC_RPC_CONNECT;
import static teos.config.Setting.BTC_RPC_PORT;
import static teos.config.Setting.MEMPOOL_POLLING_DELTA;
import static teos.config.Setting.POLLING_DELTA;

import java.util.Optional;
import teos.protocol.HostPort;

/** Derives how the tower reaches bitcoind from the checked settings. */
record BitcoindSettings(LayeredSettings settings, UsedSettings used, Locations locations) {

  Config.Bitcoind bitcoind() throws ConfigException {
    Network network = settings.network();
    int port = settings.intValue(BTC_RPC_PORT);
    return new Config.Bitcoind(
        network,
        new HostPort(settings.host(BTC_RPC_CONNECT), port == 0 ? network.defaultRpcPort() : port),
        used.uses().test(BTC_RPC_CONNECT)
            ? new AuthChoice(settings, network, locations).choose()
            : new RpcAuth.None(),
        feed(settings.intValue(BTC_FEED_PORT)),
        settings.intValue(POLLING_DELTA),
        mempool());
  }

  /**
   * Falls back to polling if there is no feed of transactions: neither a separate port nor that of
   * the block feed.
   */
  private Config.Mempool mempool() {
    MempoolWatch watch = MempoolWatch.of(settings.text(BTC_MEMPOOL));
    int pollingDelta = settings.intValue(MEMPOOL_POLLING_DELTA);
    if (watch != MempoolWatch.ZMQ) {
      return new Config.Mempool(watch, Optional.empty(), pollingDelta);
    }
    int ownPort = settings.intValue(BTC_MEMPOOL_FEED_PORT);
    Optional<Config.Feed> feed = feed(ownPort == 0 ? settings.intValue(BTC_FEED_PORT) : ownPort);
    return new Config.Mempool(
        feed.isPresent() ? MempoolWatch.ZMQ : MempoolWatch.POLLING, feed, pollingDelta);
  }

  private Optional<Config.Feed> feed(int port) {
    return port == 0
        ? Optional.empty()
        : Optional.of(
            new Config.Feed(
                settings.text(BTC_FEED_PROTOCOL),
                new HostPort(settings.host(BTC_FEED_CONNECT), port)));
  }
}
