package teos.client.cli;

import java.io.IOException;
import java.util.Optional;
import teos.client.ClientOptions;
import teos.client.TowerClient;
import teos.client.evidence.DialectText;
import teos.client.store.KnownTower;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;

/** Settings and output of a command. */
record Context(Settings settings, Output output) {

  /** The work of a command with a client and a tower. */
  interface TowerTask {
    int run(TowerClient client, KnownTower tower) throws Exception;
  }

  /** Opens a client that uses the saved addresses of towers. */
  TowerClient openClient() {
    return TowerClient.open(settings.folder(), settings.options());
  }

  /**
   * Runs a task with the selected tower. Afterwards warns if the tower is marked as misbehaving.
   */
  int withTower(TowerTask task) throws Exception {
    KnownTower tower = tower();
    requireDialect(tower);
    Optional<TowerAddress> address = settings.flagAddress(Optional.of(tower.address()));
    ClientOptions options =
        address.isPresent()
            ? settings.options().withAddressOverride(address.get())
            : settings.options();
    try (TowerClient client = TowerClient.open(settings.folder(), options)) {
      try {
        return task.run(client, tower);
      } finally {
        warnIfMisbehaving(client, tower.parties().tower());
      }
    }
  }

  private KnownTower tower() throws IOException, UsageException {
    try (TowerClient client = openClient()) {
      Optional<PublicKey> id = settings.tower();
      if (id.isEmpty()) {
        id = client.defaultTower();
      }
      if (id.isEmpty()) {
        throw new UsageException(
            "no tower is registered; run 'teos-client register TOWER_ID' first");
      }
      Optional<KnownTower> tower = client.tower(id.get());
      if (tower.isEmpty()) {
        throw new UsageException(
            "not registered with the tower "
                + id.get()
                + "; run 'teos-client register "
                + id.get()
                + "' first");
      }
      return tower.get();
    }
  }

  private void requireDialect(KnownTower tower) throws UsageException {
    if (settings.dialect().isPresent() && settings.dialect().get() != tower.parties().dialect()) {
      throw new UsageException(
          "registered with this tower in dialect "
              + DialectText.of(tower.parties().dialect())
              + "; change it with 'register --dialect'");
    }
  }

  private void warnIfMisbehaving(TowerClient client, PublicKey id) throws IOException {
    Optional<KnownTower.RecordedMisbehaviour> misbehaviour =
        client.tower(id).flatMap(KnownTower::misbehaviour);
    if (misbehaviour.isPresent()) {
      output.warn(
          "the tower "
              + id
              + " has been misbehaving since "
              + misbehaviour.get().since()
              + ": "
              + misbehaviour.get().description()
              + ". Proof: "
              + client.towerFolder(id).proofFile(misbehaviour.get().proof()));
    }
  }
}
