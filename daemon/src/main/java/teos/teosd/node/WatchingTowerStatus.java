package teos.teosd.node;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import teos.bitcoin.MempoolMonitor;
import teos.bitcoin.NodeStatus;
import teos.config.Config;
import teos.teosd.web.ChainState;
import teos.teosd.web.ReorgStats;

/**
 * Status of a tower that watches the chain, for the dashboard, the health check and the metrics.
 */
public final class WatchingTowerStatus extends SharedTowerStatus implements ChainState {

  private final TowerComponents tower;
  private final StartupProgress progress;
  private final RunState run;

  public WatchingTowerStatus(
      Config config,
      TowerComponents tower,
      PublicEndpoints endpoints,
      StartupProgress progress,
      RunState run) {
    super(config, tower.internalApi(), endpoints, tower.database());
    this.tower = tower;
    this.progress = progress;
    this.run = run;
  }

  @Override
  public NodeStatus.State node() {
    return tower.node().state();
  }

  @Override
  public Optional<String> fault() {
    if (run.storageFault().isPresent()) {
      return run.storageFault().map(fault -> "stopping: " + fault.getMessage());
    }
    if (run.stopRequested().isSet()) {
      return Optional.empty();
    }
    return ended(tower.pipeline().watcherThread())
        .or(() -> ended(tower.pipeline().responderThread()))
        .or(
            () ->
                tower.responder().hasEnded()
                    ? Optional.of("refused penalties are not rebroadcast")
                    : Optional.empty());
  }

  private static Optional<String> ended(@Nullable Thread thread) {
    return thread == null || thread.isAlive()
        ? Optional.empty()
        : Optional.of("the " + thread.getName() + " has ended");
  }

  @Override
  public Optional<String> starting() {
    return run.isReady() ? Optional.empty() : Optional.of(progress.current());
  }

  @Override
  public Optional<ChainState> chain() {
    return Optional.of(this);
  }

  @Override
  public String tip() {
    return tower.chainMonitor().tip().hash();
  }

  @Override
  public int bestHeight() {
    return tower.chainMonitor().bestHeight();
  }

  @Override
  public int processedHeight() {
    return tower.pipeline().processedHeight();
  }

  @Override
  public Optional<Boolean> blockFeed() {
    return tower.chainMonitor().feedConnected();
  }

  @Override
  public Optional<Boolean> mempoolFeed() {
    return tower.mempoolMonitor().flatMap(MempoolMonitor::feedConnected);
  }

  @Override
  public ReorgStats reorgs() {
    return tower.pipeline().reorgs();
  }
}
