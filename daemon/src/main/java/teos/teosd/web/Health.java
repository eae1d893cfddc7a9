package teos.teosd.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import teos.bitcoin.NodeStatus;

/**
 * Health of a tower.
 *
 * @param faults what prevents the tower from working, as text for people; empty if it is healthy
 */
record Health(List<String> faults) {

  /** Number of unprocessed blocks that is normal for a tower in operation. */
  private static final int MAX_BLOCKS_BEHIND = 2;

  Health {
    faults = List.copyOf(faults);
  }

  boolean isHealthy() {
    return faults.isEmpty();
  }

  /** Returns the liveness: a fault here may only be cured by a restart. */
  static Health live(TowerState tower) {
    return new Health(tower.fault().stream().toList());
  }

  /** Returns the readiness: whether the tower is watching and accepts appointments. */
  static Health ready(TowerState tower) {
    List<String> faults = new ArrayList<>(live(tower).faults());
    tower.starting().ifPresent(step -> faults.add("starting: " + step));
    switch (tower.node()) {
      case NodeStatus.State.Healthy healthy -> {
        // no fault
      }
      case NodeStatus.State.Unavailable(String why) -> faults.add(why);
      case NodeStatus.State.Unusable(String why) -> faults.add(why);
    }
    tower.capacity().noNewDataReason().ifPresent(faults::add);
    Optional<Integer> behind = tower.chain().map(ChainState::blocksBehind);
    behind
        .filter(blocks -> blocks > MAX_BLOCKS_BEHIND)
        .ifPresent(blocks -> faults.add(blocks + " blocks behind bitcoind"));
    return new Health(faults);
  }
}
