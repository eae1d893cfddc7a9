package teos.teosd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.OptionalLong;
import teos.config.Config;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.teosd.api.InternalApi;
import teos.teosd.net.PublicAddress;
import teos.teosd.web.TowerState;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Capacity;
import teos.tower.inventory.Inventory;

/** The part of the status that a tower and a front end have in common. */
public abstract class SharedTowerStatus implements TowerState {

  private final Config config;
  private final InternalApi tower;
  private final PublicEndpoints endpoints;
  private final Database database;

  protected SharedTowerStatus(
      Config config, InternalApi tower, PublicEndpoints endpoints, Database database) {
    this.config = config;
    this.tower = tower;
    this.endpoints = endpoints;
    this.database = database;
  }

  @Override
  public PublicKey towerId() {
    return tower.towerId();
  }

  @Override
  public List<PublicAddress> addresses() {
    return endpoints.addresses();
  }

  @Override
  public HostPort listensAt() {
    return endpoints.listensAt();
  }

  @Override
  public Inventory inventory() {
    return tower.inventory();
  }

  @Override
  public Capacity capacity() {
    return tower.capacity();
  }

  @Override
  public int height() {
    return tower.height();
  }

  @Override
  public OptionalLong databaseSize() {
    return database.size();
  }

  @Override
  public OptionalLong diskFree() {
    return diskFree(config);
  }

  /** Returns the free bytes on the disk of the data folder; empty if unknown. */
  static OptionalLong diskFree(Config config) {
    try {
      return OptionalLong.of(Files.getFileStore(config.dataDir()).getUsableSpace());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
