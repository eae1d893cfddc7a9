package teos.teosd.web;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import teos.bitcoin.NodeStatus;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.teosd.net.PublicAddress;
import teos.tower.gatekeeper.Capacity;
import teos.tower.inventory.Inventory;

/** What the operator may see of a tower, or of a front end. Asked by any number of threads. */
public interface TowerState {

  PublicKey towerId();

  /** Where users find it from outside. */
  List<PublicAddress> addresses();

  /** Where its public API listens. */
  HostPort listensAt();

  Inventory inventory();

  /** Height of the last block that it has heard of. */
  int height();

  /** What it can do with bitcoind; of a front end, what the tower that watches says. */
  NodeStatus.State node();

  /** What keeps it from doing its work for good, for people; empty if nothing does. */
  Optional<String> fault();

  /** What it does before it answers its users, for people; empty once it has come up. */
  Optional<String> starting();

  /** Bytes of the database; empty if it does not say. */
  OptionalLong databaseSize();

  /** Bytes that are left on the disk of the data folder; empty if that is not known. */
  OptionalLong diskFree();

  /** The slots that it can keep, and those that it has promised. */
  Capacity capacity();

  /** Where it is on the chain; empty for a front end, which follows none. */
  Optional<ChainState> chain();
}
