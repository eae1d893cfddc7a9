package teos.teosd.node;

import java.util.Optional;
import java.util.function.Supplier;
import teos.bitcoin.NodeStatus;
import teos.config.Config;
import teos.teosd.api.InternalApi;
import teos.teosd.web.ChainState;
import teos.tower.database.Database;

/** Status of a front end for the dashboard, the health check and the metrics. */
final class FrontEndStatus extends SharedTowerStatus {

  private final Supplier<NodeStatus.State> node;
  private final RunState run;

  /**
   * @param node state of bitcoind, as published by the tower that watches the chain
   */
  FrontEndStatus(
      Config config,
      InternalApi tower,
      PublicEndpoints endpoints,
      Database database,
      Supplier<NodeStatus.State> node,
      RunState run) {
    super(config, tower, endpoints, database);
    this.node = node;
    this.run = run;
  }

  @Override
  public NodeStatus.State node() {
    return node.get();
  }

  @Override
  public Optional<String> fault() {
    return run.storageFault().map(fault -> "stopping: " + fault.getMessage());
  }

  @Override
  public Optional<String> starting() {
    return run.isReady()
        ? Optional.empty()
        : Optional.of("waiting for a teosd that watches the chain");
  }

  @Override
  public Optional<ChainState> chain() {
    return Optional.empty();
  }
}
