package teos.teosd.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import teos.bitcoin.NodeStatus;

/**
 * Whether a tower does its work.
 *
 * @param faults what keeps it from that, for people; empty if nothing does
 */
record Health(List<String> faults) {

  /** Blocks of which a tower may be on its way through without being behind. */
  private static final int USUAL = 2;

  Health {
    faults = List.copyOf(faults);
  }

  boolean isWell() {
    return faults.isEmpty();
  }

  /** Whether it runs at all: what is wrong here only a new start may mend. */
  static Health live(TowerState tower) {
    return new Health(tower.fault().stream().toList());
  }

  /** Whether it watches, and takes what its users send. */
  static Health ready(TowerState tower) {
    List<String> faults = new ArrayList<>(live(tower).faults());
    tower.starting().ifPresent(step -> faults.add("starting: " + step));
    switch (tower.node()) {
      case NodeStatus.State.Healthy fine -> {
        // as it should be
      }
      case NodeStatus.State.Unavailable(String why) -> faults.add(why);
      case NodeStatus.State.Unusable(String why) -> faults.add(why);
    }
    tower.capacity().whyNothingNew().ifPresent(faults::add);
    Optional<Integer> behind = tower.chain().map(ChainState::blocksBehind);
    behind
        .filter(blocks -> blocks > USUAL)
        .ifPresent(blocks -> faults.add(blocks + " blocks behind bitcoind"));
    return new Health(faults);
  }
}
