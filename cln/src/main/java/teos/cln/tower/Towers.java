package teos.cln.tower;

import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import teos.client.NotRegisteredException;
import teos.client.store.KnownTower;
import teos.client.wire.TowerAddress;
import teos.client.wire.TowerException;
import teos.cln.jsonrpc.Log;
import teos.protocol.PublicKey;

/** The towers that the user has registered with. Thread-safe. */
public final class Towers implements AutoCloseable {

  private final Connections connections;
  private final RetryPolicy policy;
  private final Log log;
  private final PublicKey userId;
  private final Map<PublicKey, Tower> towers = new ConcurrentHashMap<>();

  private Towers(Connections connections, RetryPolicy policy, Log log, PublicKey userId) {
    this.connections = connections;
    this.policy = policy;
    this.log = log;
    this.userId = userId;
  }

  /** Opens the saved towers and starts to send their queues. Creates the user's key if needed. */
  public static Towers open(Connections connections, RetryPolicy policy, Log log)
      throws IOException {
    Towers towers = new Towers(connections, policy, log, connections.local().userId());
    for (KnownTower known : connections.local().towers()) {
      towers.add(known.parties().tower());
    }
    return towers;
  }

  private Tower add(PublicKey id) throws IOException {
    Tower tower = new Tower(id, connections, policy, log);
    tower.start();
    towers.put(id, tower);
    return tower;
  }

  /** Returns the user's id. */
  public PublicKey userId() {
    return userId;
  }

  /** Returns a tower; empty if the user has not registered with it. */
  public Optional<Tower> find(PublicKey id) {
    return Optional.ofNullable(towers.get(id));
  }

  /** Returns all towers, by id. */
  public List<Tower> all() {
    return towers.values().stream()
        .sorted(Comparator.comparing(tower -> tower.id().toHex()))
        .toList();
  }

  /** Returns all towers, in no particular order. */
  public Collection<Tower> unordered() {
    return towers.values();
  }

  /** Registers with a tower or renews the subscription, and has its queue sent. */
  public KnownTower register(PublicKey id, TowerAddress address)
      throws IOException, TowerException {
    KnownTower known = connections.to(address).subscribe(id, address);
    synchronized (towers) {
      Tower tower = towers.get(id);
      if (tower == null) {
        tower = add(id);
      } else {
        tower.loop().registered();
      }
    }
    return known;
  }

  /** Forgets a tower. Its files are moved to {@code removed/}, not deleted. */
  public void abandon(Tower tower) throws IOException, NotRegisteredException {
    synchronized (towers) {
      tower.stop();
      try {
        var _ = connections.local().remove(tower.id(), true);
      } catch (IOException | NotRegisteredException | RuntimeException e) {
        add(tower.id()); // its states are queued and sent as before
        throw e;
      }
      towers.remove(tower.id());
    }
  }

  /** Stops sending. The queues stay on disk. */
  @Override
  public void close() {
    towers.values().forEach(Tower::stop);
    connections.close();
  }
}
