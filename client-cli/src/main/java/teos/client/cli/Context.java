package teos.client.cli;

import java.io.IOException;
import java.util.Optional;
import teos.client.ClientOptions;
import teos.client.TowerClient;
import teos.client.evidence.DialectText;
import teos.client.store.KnownTower;
import teos.client.wire.TowerAddress;
import teos.protocol.PublicKey;

/** What a command works with. */
record Context(Settings settings, Output output) {

  /** What a command does with a client and a tower. */
  interface TowerTask {
    int run(TowerClient client, KnownTower tower) throws Exception;
  }

  TowerClient openClient() {
    return TowerClient.open(settings.folder(), settings.options());
  }

  /**
   * Works with the tower that is meant. If it has been seen to do wrong, now or before, that is
   * said too.
   */
  int withTower(TowerTask work) throws Exception {
    KnownTower tower = tower();
    requireDialect(tower);
    Optional<TowerAddress> address = settings.flagAddress(Optional.of(tower.address()));
    ClientOptions options =
        address.isPresent()
            ? settings.options().withAddressOverride(address.get())
            : settings.options();
    try (TowerClient client = TowerClient.open(settings.folder(), options)) {
      try {
        return work.run(client, tower);
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
            "no tower is known yet: 'teos-client register TOWER_ID' comes first");
      }
      Optional<KnownTower> tower = client.tower(id.get());
      if (tower.isEmpty()) {
        throw new UsageException(
            "not registered with the tower "
                + id.get()
                + ": 'teos-client register "
                + id.get()
                + "' comes first");
      }
      return tower.get();
    }
  }

  private void requireDialect(KnownTower tower) throws UsageException {
    if (settings.dialect().isPresent() && settings.dialect().get() != tower.parties().dialect()) {
      throw new UsageException(
          "registered with this tower in dialect "
              + DialectText.of(tower.parties().dialect())
              + "; 'register' with --dialect changes that");
    }
  }

  private void warnIfMisbehaving(TowerClient client, PublicKey id) throws IOException {
    Optional<KnownTower.RecordedMisbehaviour> seen =
        client.tower(id).flatMap(KnownTower::misbehaviour);
    if (seen.isPresent()) {
      output.warn(
          "the tower "
              + id
              + " is misbehaving since "
              + seen.get().since()
              + ": "
              + seen.get().description()
              + ". Proof: "
              + client.towerFolder(id).proofFile(seen.get().proof()));
    }
  }
}
