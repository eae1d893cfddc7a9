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

/** State of a tower or of a front end, for the operator. Thread-safe. */
public interface TowerState {

  PublicKey towerId();

  /** Returns the addresses at which clients reach the tower. */
  List<PublicAddress> addresses();

  /** Returns the address on which the public API listens. */
  HostPort listensAt();

  Inventory inventory();

  /** Returns the height of the last block that the tower has received. */
  int height();

  /** Returns the state of bitcoind; for a front end, as the watching tower reports it. */
  NodeStatus.State node();

  /** Returns the permanent fault of the tower, as text for people; empty if there is none. */
  Optional<String> fault();

  /** Returns the current step of the start, as text for people; empty after the start. */
  Optional<String> starting();

  /** Returns the size of the database in bytes; empty if unknown. */
  OptionalLong databaseSize();

  /** Returns the free bytes on the disk of the data folder; empty if unknown. */
  OptionalLong diskFree();

  /** Returns the capacity of the tower: total and reserved slots. */
  Capacity capacity();

  /** Returns the position on the chain; empty for a front end, which follows no chain. */
  Optional<ChainState> chain();
}
