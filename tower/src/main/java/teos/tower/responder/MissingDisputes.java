package teos.tower.responder;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.store.TrackersDBM;

/**
 * Disputes that are in no block and no mempool, and may come back. They are in memory as long as
 * there are not too many; after that, the database is asked. A dispute that is back may still be in
 * it.
 */
final class MissingDisputes {

  private static final int MAX_IN_MEMORY = 10_000;

  private final Database database;
  private final TrackersDBM trackers;
  private final Set<Txid> missing = ConcurrentHashMap.newKeySet();
  private volatile boolean tooMany;

  MissingDisputes(Database database, TrackersDBM trackers) {
    this.database = database;
    this.trackers = trackers;
    reload();
  }

  /** Reads which there are. */
  private void reload() {
    missing.addAll(database.read(handle -> trackers.goneDisputes(handle, MAX_IN_MEMORY)));
    tooMany = missing.size() >= MAX_IN_MEMORY;
  }

  void add(Txid dispute) {
    if (missing.size() < MAX_IN_MEMORY) {
      missing.add(dispute);
    } else {
      tooMany = true;
    }
  }

  void remove(Collection<Txid> disputes) {
    missing.removeAll(disputes);
  }

  /** Those of {@code txids} that may be missing disputes. */
  Set<Txid> among(Collection<Txid> txids) {
    if (tooMany) {
      return new HashSet<>(database.read(handle -> trackers.goneAmong(handle, txids)));
    }
    return missing.isEmpty()
        ? Set.of()
        : txids.stream().filter(missing::contains).collect(Collectors.toSet());
  }
}
